// The editor takes the place of the text field of a form. Without this script,
// or with a text the form holds in another format, the field stays.
import { EditorState, EditorView, history, tableEditing, dropCursor, gapCursor, Plugin, TextSelection, toggleMark, fixTables } from '../../vendor/prosemirror.js';
import { schema, read, write, plain } from './schema.js';
import { clean } from './paste.js';
import { view as picture, files, send } from './pictures.js';
import { ask } from './dialog.js';
import { keys, bar } from './tools.js';
import { keep } from './keep.js';

const d = document, field = d.getElementById('f-body'), host = d.getElementById('editor');
const words = JSON.parse(d.getElementById('editor-words').textContent);
const say = (code, args) => Object.keys(args || {}).reduce((s, k) => s.split('{' + k + '}').join(args[k]), words[code] || code);

// Whether the text field holds what the editor can read: HTML, or nothing yet.
const format = d.querySelector('[name="format"]:checked');
if (field && host && (!format || format.value === 'html' || !field.value.trim())) start();

// find answers where words stand that lie within one line.
function find(doc, words) {
  let at = null;
  doc.descendants((node, pos) => {
    if (at || !node.isTextblock) return !at;
    const i = node.textBetween(0, node.content.size, undefined, '\ufffc').indexOf(words);
    if (i >= 0) at = { from: pos + 1 + i, to: pos + 1 + i + words.length };
    return false;
  });
  return at;
}

function start() {
  const form = field.form, state = d.getElementById('keep-state'), dialog = d.getElementById('ask'), said = d.getElementById('editor-said');
  const html = d.querySelector('[name="format"][value="html"]');
  if (html) html.checked = true;
  let doc = read(field.value), kept = null, clearing;

  const tell = (text, bad) => {
    said.textContent = text;
    said.className = 'note ' + (bad ? 'r' : 'g');
    said.hidden = !text;
    clearTimeout(clearing);
    if (text && !bad) clearing = setTimeout(() => { said.hidden = true; }, 12000);
  };

  // fill puts the text where the form sends it from.
  const fill = () => { if (doc !== view.state.doc) { doc = view.state.doc; field.value = write(doc); } return field.value; };

  async function pictures(list) {
    for (const file of list) {
      try {
        tell(say('picture_sending', { name: file.name }));
        const src = await send(host, file), alt = await ask(dialog, say('alt'), '');
        view.dispatch(view.state.tr.replaceSelectionWith(schema.nodes.image.create({ src, alt: alt || '' })).scrollIntoView());
        tell(alt ? '' : say('alt_missing'), !alt);
      } catch (e) { tell(say('picture_refused', { name: file.name, why: e.message }), true); }
    }
    view.focus();
  }

  const incoming = new Plugin({
    props: {
      transformPastedHTML(source) {
        const r = clean(source);
        const lost = Object.keys(r.lost).filter((k) => r.lost[k]).map((k) => say('lost_' + k, { n: r.lost[k] }));
        if (r.office) tell(say('cleaned') + (lost.length ? say('cleaned_but', { what: lost.join(say('comma')) }) : ''), lost.length > 0);
        return r.html;
      },
      // Whole blocks go in as blocks: a pasted title does not run into the line
      // above it.
      transformPasted(slice) {
        const whole = slice.content.childCount > 1 && slice.content.firstChild.isBlock;
        return whole && !slice.content.firstChild.type.spec.tableRole ? new slice.constructor(slice.content, 0, 0) : slice;
      },
      handlePaste(_, event) {
        const list = files(event.clipboardData);
        if (!list.length || event.clipboardData.getData('text/html').replace(/<[^>]*>/g, '').trim()) return false;
        pictures(list);
        return true;
      },
      handleDrop(v, event) {
        const list = files(event.dataTransfer);
        if (!list.length) return false;
        const at = v.posAtCoords({ left: event.clientX, top: event.clientY });
        if (at) v.dispatch(v.state.tr.setSelection(TextSelection.near(v.state.doc.resolve(at.pos))));
        event.preventDefault();
        pictures(list);
        return true;
      },
      handleDoubleClickOn(v, _, node, pos) {
        if (node.type !== schema.nodes.image) return false;
        ask(dialog, say('alt'), node.attrs.alt).then((alt) => { if (alt !== null) v.dispatch(v.state.tr.setNodeAttribute(pos, 'alt', alt)); v.focus(); });
        return true;
      },
    },
  });

  const special = {
    link(s) {
      const mark = schema.marks.link, { empty, from, to } = s.selection;
      if (s.doc.rangeHasMark(from, to, mark)) return toggleMark(mark)(view.state, view.dispatch);
      if (empty) { tell(say('select_first'), true); return true; }
      ask(dialog, say('link'), 'https://').then((href) => {
        if (href && /^(https?:\/\/[^\s/]|mailto:\S)/i.test(href)) view.dispatch(view.state.tr.addMark(from, to, mark.create({ href })));
        else if (href !== null) tell(say('link_refused'), true);
        view.focus();
      });
      return true;
    },
    picture() { d.getElementById('pick').click(); return true; },
    caption(s) {
      const at = s.selection.$from;
      for (let n = at.depth; n > 0; n--) {
        if (at.node(n).type !== schema.nodes.table) continue;
        const before = plain(at.node(n).attrs.caption);
        ask(dialog, say('caption'), before).then((text) => {
          if (text === null || text === before) return;
          const box = d.createElement('div');
          box.textContent = text;
          view.dispatch(view.state.tr.setNodeAttribute(at.before(n), 'caption', box.innerHTML));
          view.focus();
        });
        return true;
      }
      tell(say('table_first'), true);
      return true;
    },
  };

  const save = () => { (form.querySelector('[name="do"][value="save"]:not(.off)') || form.querySelector('[type=submit],button:not([type=button])')).click(); return true; };
  const changed = () => { if (kept) kept.changed(); };
  let tools = () => {};
  const view = new EditorView({ mount: host }, {
    state: EditorState.create({ doc, plugins: [incoming, history(), ...keys(save, (s) => special.link(s)), tableEditing(), dropCursor(), gapCursor()] }),
    nodeViews: { image: picture(host, say) },
    attributes: { role: 'textbox', 'aria-multiline': 'true', 'aria-labelledby': 'l-body', 'aria-describedby': 'h-body', lang: 'zh-CN', spellcheck: 'false', class: 'paper' },
    dispatchTransaction(tr) {
      view.updateState(view.state.apply(tr));
      tools();
      if (!tr.docChanged) return;
      count();
      field.dispatchEvent(new Event('input', { bubbles: true }));
      changed();
    },
  });
  const fixed = fixTables(view.state);
  if (fixed) view.dispatch(fixed.setMeta('addToHistory', false));
  doc = view.state.doc;

  const counter = d.getElementById('count');
  function count() {
    const text = view.state.doc.textContent.replace(/\s/g, '');
    counter.textContent = say('count', { n: Array.from(text).length });
  }

  tools = bar(d.getElementById('tools'), view, special);
  tools();
  count();
  d.getElementById('pick').addEventListener('change', (e) => { pictures(Array.from(e.target.files)); e.target.value = ''; });
  form.addEventListener('submit', () => { fill(); if (kept) kept.stop(); });
  d.documentElement.classList.add('editing');
  field.hidden = true;

  if (form.dataset.copy) {
    kept = keep(form, state, say, fill);
    form.addEventListener('input', (e) => { if (e.target !== field && e.target.name !== 'note') changed(); });
    form.addEventListener('conflict', () => tell(say('conflict'), true));
    offer(kept.local());
  }

  // offer shows what this browser kept when the server could not be reached.
  function offer(copy) {
    const box = d.getElementById('local-copy');
    if (!copy || copy.body === field.value) { kept.forget(); return; }
    box.querySelector('[data-at]').textContent = new Date(copy.at).toLocaleString(d.documentElement.lang);
    box.hidden = false;
    box.querySelector('[data-take]').addEventListener('click', () => {
      const whole = read(copy.body);
      view.dispatch(view.state.tr.replaceWith(0, view.state.doc.content.size, whole.content));
      box.hidden = true;
      view.focus();
    });
    box.querySelector('[data-drop]').addEventListener('click', () => { kept.forget(); box.hidden = true; });
  }

  // What a check found leads to its place.
  d.addEventListener('click', (e) => {
    const link = e.target.closest('a[data-quote]');
    if (!link) return;
    e.preventDefault();
    const at = find(view.state.doc, link.dataset.quote);
    if (!at) { tell(say('gone'), true); return; }
    view.dispatch(view.state.tr.setSelection(TextSelection.create(view.state.doc, at.from, at.to)).scrollIntoView());
    view.focus();
  });

  // A file that is chosen or dropped is read at once.
  const file = d.getElementById('f-import');
  if (file) {
    const box = file.closest('.import'), reads = () => box.querySelector('button').click();
    file.addEventListener('change', () => { if (file.files.length) reads(); });
    box.addEventListener('dragover', (e) => { e.preventDefault(); box.classList.add('over'); });
    box.addEventListener('dragleave', () => box.classList.remove('over'));
    box.addEventListener('drop', (e) => {
      e.preventDefault();
      box.classList.remove('over');
      if (e.dataTransfer.files.length) { file.files = e.dataTransfer.files; reads(); }
    });
    box.querySelector('button').classList.add('off');
  }

  host.editor = { view, fill }; // for tests: what the form would send
}
