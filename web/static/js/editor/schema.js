// The schema is the whitelist of internal/body: what it cannot hold, the server
// would take away. read and write turn its canonical HTML into a document and
// back without a changed byte.
import { Schema, DOMParser, DOMSerializer, tableNodes } from '../../vendor/prosemirror.js';

const ALIGN = /(?:^|\s)(ta-[cr])(?:\s|$)/;
const cls = (el) => { const m = ALIGN.exec(el.className || ''); return m ? m[1] : null; };
const classed = (n) => (n.attrs.cls ? { class: n.attrs.cls } : {});
const line = (tag, extra) => ({
  content: 'inline*', group: 'block', attrs: Object.assign({ cls: { default: null } }, extra && extra.attrs), defining: !!extra,
  parseDOM: extra ? extra.parse : [{ tag, getAttrs: (el) => ({ cls: cls(el) }) }],
  toDOM: (n) => [extra ? 'h' + n.attrs.level : tag, classed(n), 0],
});

// plain is HTML without its tags.
export const plain = (html) => new window.DOMParser().parseFromString(html, 'text/html').body.textContent;

const LINK = /^(https?:|mailto:|\/(?!\/)|#)/i;
export const BLOB = /^\/blob\/sha256:[0-9a-f]{64}$/;

const tables = tableNodes({
  tableGroup: 'block', cellContent: 'block+',
  cellAttributes: { cls: { default: null, getFromDOM: cls, setDOMAttr: (v, attrs) => { if (v) attrs.class = v; } } },
});
tables.table.attrs = { caption: { default: '' } };
tables.table.parseDOM = [{ tag: 'table', getAttrs: (el) => ({ caption: (el.querySelector(':scope > caption') || { innerHTML: '' }).innerHTML }) }];
tables.table.toDOM = (n) => ['table', n.attrs.caption ? { 'data-caption': n.attrs.caption, 'data-title': plain(n.attrs.caption) } : {}, ['tbody', 0]];
tables.table_row.attrs = { head: { default: false } };
tables.table_row.parseDOM = [{ tag: 'tr', getAttrs: (el) => ({ head: el.parentNode.nodeName === 'THEAD' }) }];
tables.table_row.toDOM = (n) => ['tr', n.attrs.head ? { 'data-head': '' } : {}, 0];

const heading = line('h', {
  attrs: { level: { default: 2 } },
  parse: [1, 2, 3, 4].map((level) => ({ tag: 'h' + level, getAttrs: (el) => ({ level, cls: cls(el) }) })),
});

export const schema = new Schema({
  nodes: Object.assign({
    doc: { content: 'block+' },
    paragraph: line('p'),
    heading,
    blockquote: { content: 'block+', group: 'block', defining: true, parseDOM: [{ tag: 'blockquote' }], toDOM: () => ['blockquote', 0] },
    ordered_list: { content: 'list_item+', group: 'block', parseDOM: [{ tag: 'ol' }], toDOM: () => ['ol', 0] },
    bullet_list: { content: 'list_item+', group: 'block', parseDOM: [{ tag: 'ul' }], toDOM: () => ['ul', 0] },
    list_item: { content: 'block+', defining: true, parseDOM: [{ tag: 'li' }], toDOM: () => ['li', 0] },
    image: {
      inline: true, group: 'inline', draggable: true, attrs: { src: {}, alt: { default: '' } },
      parseDOM: [{ tag: 'img[src]', getAttrs: (el) => (BLOB.test(el.getAttribute('src')) ? { src: el.getAttribute('src'), alt: el.getAttribute('alt') || '' } : false) }],
      toDOM: (n) => ['img', { src: n.attrs.src, alt: n.attrs.alt }],
    },
    hard_break: { inline: true, group: 'inline', selectable: false, parseDOM: [{ tag: 'br' }], toDOM: () => ['br'] },
    caption: { parseDOM: [{ tag: 'caption', ignore: true }] },
    text: { group: 'inline' },
  }, tables),
  marks: {
    link: {
      attrs: { href: {} }, inclusive: false,
      parseDOM: [{ tag: 'a[href]', getAttrs: (el) => (LINK.test(el.getAttribute('href')) ? { href: el.getAttribute('href') } : false) }],
      toDOM: (m) => ['a', { href: m.attrs.href }, 0],
    },
    strong: { parseDOM: [{ tag: 'strong' }, { tag: 'b' }, { style: 'font-weight', getAttrs: (v) => /^(bold(er)?|[6-9]\d\d)$/.test(v) && null }], toDOM: () => ['strong', 0] },
    em: { parseDOM: [{ tag: 'em' }, { tag: 'i' }, { style: 'font-style=italic' }], toDOM: () => ['em', 0] },
    underline: { parseDOM: [{ tag: 'u' }, { style: 'text-decoration', getAttrs: (v) => /underline/.test(v) && null }], toDOM: () => ['u', 0] },
  },
});

// read makes a document of HTML.
export function read(html) {
  const page = new window.DOMParser().parseFromString(html, 'text/html');
  return DOMParser.fromSchema(schema).parse(page.body);
}

// write makes HTML of a document: rows of a head stand in thead again, and a
// caption before them.
export function write(doc) {
  const root = document.implementation.createHTMLDocument('').createElement('div');
  root.append(DOMSerializer.fromSchema(schema).serializeFragment(doc.content, { document: root.ownerDocument }));
  root.querySelectorAll('table').forEach((table) => {
    const body = table.querySelector(':scope > tbody');
    const head = root.ownerDocument.createElement('thead');
    while (body.firstElementChild && body.firstElementChild.hasAttribute('data-head')) head.append(body.firstElementChild);
    table.querySelectorAll('tr[data-head]').forEach((row) => row.removeAttribute('data-head'));
    if (head.firstElementChild) table.prepend(head);
    if (!body.firstElementChild) body.remove();
    if (table.dataset.caption) {
      const caption = root.ownerDocument.createElement('caption');
      caption.innerHTML = table.dataset.caption;
      table.prepend(caption);
    }
    table.removeAttribute('data-caption');
    table.removeAttribute('data-title');
  });
  return root.innerHTML;
}
