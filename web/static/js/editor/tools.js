// The tool bar and the keys: one table of commands for both.
import {
  undo, redo, toggleMark, setBlockType, wrapInList, liftListItem, sinkListItem, splitListItem, chainCommands, wrapIn, lift,
  addRowAfter, addRowBefore, addColumnAfter, addColumnBefore, deleteRow, deleteColumn, deleteTable, mergeCells, splitCell, toggleHeaderCell,
  goToNextCell, isInTable, CellSelection, keymap, baseKeymap, TextSelection,
} from '../../vendor/prosemirror.js';
import { schema } from './schema.js';

const { nodes, marks } = schema;

// align sets the side of every line selected; in a table, of the cells, which is
// where the canonical form keeps it.
const align = (cls) => (state, dispatch) => {
  const tr = state.tr;
  const set = (node, pos) => { if ('cls' in (node.type.spec.attrs || {}) || node.type.spec.tableRole === 'cell' || node.type.spec.tableRole === 'header_cell') tr.setNodeAttribute(pos, 'cls', cls); };
  if (state.selection instanceof CellSelection) state.selection.forEachCell(set);
  else {
    state.doc.nodesBetween(state.selection.from, state.selection.to, (node, pos, parent) => {
      if (!node.isTextblock) return true;
      const cell = parent.type.spec.tableRole && parent.childCount === 1;
      if (cell) set(parent, pos - 1); else set(node, pos);
      return false;
    });
  }
  if (!tr.docChanged) return false;
  if (dispatch) dispatch(tr);
  return true;
};

const table = (rows, columns) => (state, dispatch) => {
  if (isInTable(state)) return false;
  const cell = (type) => type.createAndFill();
  const row = (n) => nodes.table_row.create(null, Array.from({ length: columns }, () => cell(n ? nodes.table_cell : nodes.table_header)));
  if (dispatch) {
    const made = nodes.table.create(null, Array.from({ length: rows }, (_, n) => row(n)));
    const tr = state.tr.replaceSelectionWith(made);
    let at = -1;
    tr.doc.descendants((node, pos) => { if (at < 0 && node.eq(made) && pos + 2 >= state.selection.from) at = pos; return at < 0; });
    tr.setSelection(TextSelection.near(tr.doc.resolve(at + 3)));
    dispatch(tr.scrollIntoView());
  }
  return true;
};

const list = (type) => (state, dispatch, view) => liftListItem(nodes.list_item)(state, dispatch, view) || wrapInList(type)(state, dispatch, view);

const hardBreak = (state, dispatch) => {
  if (dispatch) dispatch(state.tr.replaceSelectionWith(nodes.hard_break.create()).scrollIntoView());
  return true;
};

// commands by the name a button carries in data-cmd.
export const commands = {
  undo, redo,
  strong: toggleMark(marks.strong), em: toggleMark(marks.em), underline: toggleMark(marks.underline),
  p: setBlockType(nodes.paragraph),
  h1: setBlockType(nodes.heading, { level: 1 }), h2: setBlockType(nodes.heading, { level: 2 }), h3: setBlockType(nodes.heading, { level: 3 }), h4: setBlockType(nodes.heading, { level: 4 }),
  left: align(null), center: align('ta-c'), right: align('ta-r'),
  ol: list(nodes.ordered_list), ul: list(nodes.bullet_list),
  quote: (state, dispatch, view) => (lift(state) && state.selection.$from.node(-1).type === nodes.blockquote ? lift(state, dispatch, view) : wrapIn(nodes.blockquote)(state, dispatch, view)),
  table: table(3, 3),
  row: addRowAfter, rowBefore: addRowBefore, column: addColumnAfter, columnBefore: addColumnBefore,
  rowAway: deleteRow, columnAway: deleteColumn, tableAway: deleteTable, merge: mergeCells, split: splitCell, header: toggleHeaderCell,
};

export function keys(save, link) {
  return [
    keymap({
      'Mod-z': undo, 'Mod-y': redo, 'Shift-Mod-z': redo,
      'Mod-b': commands.strong, 'Mod-i': commands.em, 'Mod-u': commands.underline, 'Mod-k': link,
      'Mod-s': save,
      'Shift-Enter': hardBreak,
      Enter: splitListItem(nodes.list_item),
      Tab: chainCommands(goToNextCell(1), sinkListItem(nodes.list_item)),
      'Shift-Tab': chainCommands(goToNextCell(-1), liftListItem(nodes.list_item)),
    }),
    keymap(baseKeymap),
  ];
}

// bar makes the buttons work and shows which fit where the cursor is.
export function bar(el, view, special) {
  const all = Object.assign({}, commands, special);
  const buttons = Array.from(el.querySelectorAll('[data-cmd]'));
  const active = (name, state) => {
    const { $from, from, to, empty } = state.selection;
    const mark = marks[name];
    return empty ? !!mark.isInSet(state.storedMarks || $from.marks()) : state.doc.rangeHasMark(from, to, mark);
  };
  el.addEventListener('mousedown', (e) => { if (e.target.closest('[data-cmd]')) e.preventDefault(); });
  el.addEventListener('click', (e) => {
    const b = e.target.closest('[data-cmd]');
    if (!b) return;
    all[b.dataset.cmd](view.state, view.dispatch, view);
    const menu = b.closest('details');
    if (menu) menu.open = false;
    view.focus();
  });
  const style = el.querySelector('#style');
  style.addEventListener('change', () => { commands[style.value](view.state, view.dispatch, view); view.focus(); });
  return () => {
    const line = view.state.selection.$from.parent;
    style.value = line.type === nodes.heading ? 'h' + line.attrs.level : 'p';
    buttons.forEach((b) => {
      const name = b.dataset.cmd;
      if (b.dataset.sign && !/do$/.test(name)) b.setAttribute('aria-pressed', active(name, view.state));
      b.disabled = !special[name] && !all[name](view.state, null, view);
    });
  };
}
