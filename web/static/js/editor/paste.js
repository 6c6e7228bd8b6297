// What Word and WPS put on the clipboard, made into plain HTML of the
// whitelist before the schema reads it. Nothing is dropped silently: tracked
// changes, hidden text, remarks and pictures that did not come along are counted.

const OFFICE = /mso-|MsoNormal|urn:schemas-microsoft-com|kso-|\bWPS\b|ksoDocer/i;

// clean answers { html, office, lost: { deleted, inserted, hidden, remarks, pictures } }.
export function clean(html) {
  const lost = { deleted: 0, inserted: 0, hidden: 0, remarks: 0, pictures: 0 };
  if (!OFFICE.test(html)) return { html, office: false, lost };
  const page = new window.DOMParser().parseFromString(markers(html), 'text/html');
  const all = (selector, f) => page.body.querySelectorAll(selector).forEach(f);
  const unwrap = (el) => el.replaceWith(...el.childNodes);

  all('style,script,meta,link,xml,title,head', (el) => el.remove());
  all('del', (el) => { lost.deleted++; el.remove(); });
  all('ins', (el) => { lost.inserted++; unwrap(el); });
  all('[class*="msocomanchor" i],.MsoCommentReference', (el) => el.remove());
  all('[style*="mso-element" i]', (el) => {
    const part = /mso-element:\s*(comment(?:-list)?)\s*(?:;|$)/i.exec(el.getAttribute('style'));
    if (part && part[1].toLowerCase() === 'comment') lost.remarks++;
    if (part) el.classList.add('msocomlist');
  });
  all('.msocomlist,[class*="msocomtxt" i]', (el) => el.remove());
  all('*', (el) => {
    const style = el.getAttribute('style') || '';
    if (/mso-hide:\s*all|display:\s*none/i.test(style)) { if (el.textContent.trim()) lost.hidden++; el.remove(); }
  });
  all('img', (el) => {
    if (/^(blob|data:image\/(png|jpe?g)|\/blob\/)/i.test(el.getAttribute('src') || '')) return;
    lost.pictures++;
    el.replaceWith(page.createTextNode('【图片】'));
  });
  all('p,h1,h2,h3,h4,h5,h6,td,th,li,div', (el) => blocks(page, el));
  all('span,font', (el) => inline(page, el));
  Array.from(page.body.querySelectorAll('*')).forEach((el) => {
    if (el.tagName.includes(':')) unwrap(el);
    else if (el.tagName === 'A' && !/^(https?:|mailto:)/i.test(el.getAttribute('href') || '')) unwrap(el);
    else Array.from(el.attributes).forEach((a) => { if (!/^(href|src|alt|colspan|rowspan)$/.test(a.name) && !(a.name === 'class' && /^ta-[cr]$/.test(a.value))) el.removeAttribute(a.name); });
  });
  lists(page);
  all('p', (p) => { if (!p.textContent.replace(/[\s\u00a0\u3000]/g, '') && !p.querySelector('img') && !p.closest('td,th')) p.remove(); });
  return { html: page.body.innerHTML.replace(/\u00a0/g, ' '), office: true, lost };
}

// markers takes conditional comments away but keeps what only other readers
// are told to leave out; a list marker is kept for lists to find.
function markers(html) {
  return html
    .replace(/<!--\[if[\s\S]*?<!\[endif\]-->/gi, '')
    .replace(/<!\[if !supportLists\]>([\s\S]*?)<!\[endif\]>/gi, '<kbd>$1</kbd>')
    .replace(/<!\[[^>]*>/g, '')
    .replace(/<!--(?!StartFragment|EndFragment)[\s\S]*?-->/g, '');
}

const heading = /(?:^|\s)(?:MsoHeading(\d)|MsoTitle)(?:\s|$)/;

function blocks(page, el) {
  const style = el.getAttribute('style') || '', align = /text-align:\s*(center|right)/i.exec(style) || /^(center|right)$/i.exec(el.getAttribute('align') || '');
  const title = heading.exec(el.className), outline = /mso-outline-level:\s*(\d)/i.exec(style);
  let to = el;
  if (el.tagName === 'P' && (title || outline)) {
    to = page.createElement('h' + Math.min(4, +(title && title[1] ? title[1] : outline ? outline[1] : 1)));
    to.append(...el.childNodes);
    el.replaceWith(to);
  }
  if (align) to.className = align[1].toLowerCase() === 'center' ? 'ta-c' : 'ta-r'; else to.removeAttribute('class');
}

function inline(page, el) {
  const style = el.getAttribute('style') || '';
  const marks = [[/font-weight:\s*(bold|[6-9]00)/i, 'strong'], [/font-style:\s*italic/i, 'em'], [/text-decoration:[^;]*underline/i, 'u']].filter((m) => m[0].test(style));
  let inner = Array.from(el.childNodes);
  marks.reverse().forEach((m) => { const box = page.createElement(m[1]); box.append(...inner); inner = [box]; });
  el.replaceWith(...inner);
}

// lists makes lists of the paragraphs that carried Word's list marks. Without
// their marker they would read as plain text, so a number that says more than
// its place ("（一）", "第三条") stays where it is as words.
function lists(page) {
  Array.from(page.body.querySelectorAll('p')).forEach((p) => {
    const marker = p.querySelector('kbd');
    if (!marker) return;
    const words = marker.textContent.replace(/[\s\u00a0\u3000]+/g, '');
    const bullet = /^[·•●○■◆§\uf0b7\uf06c\uf0d8-]$/.test(words), plain = /^\d+[.．、)）]$/.test(words);
    if (!bullet && !plain) { marker.replaceWith(page.createTextNode(words)); return; }
    marker.remove();
    const item = page.createElement('li'), kind = bullet ? 'UL' : 'OL';
    item.append(...p.childNodes);
    const before = p.previousElementSibling;
    if (before && before.tagName === kind && before.hasAttribute('data-new')) { before.append(item); p.remove(); return; }
    const list = page.createElement(kind);
    list.setAttribute('data-new', '');
    list.append(item);
    p.replaceWith(list);
  });
  page.body.querySelectorAll('[data-new]').forEach((el) => el.removeAttribute('data-new'));
  page.body.querySelectorAll('kbd').forEach((el) => el.replaceWith(...el.childNodes));
}

