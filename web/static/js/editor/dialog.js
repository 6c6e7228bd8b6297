// ask opens the page's one small dialog for a line of words and answers them,
// or null when it was closed.
export function ask(dialog, label, value) {
  const input = dialog.querySelector('input');
  dialog.querySelector('label').textContent = label;
  input.value = value || '';
  return new Promise((answer) => {
    const done = () => { dialog.removeEventListener('close', done); answer(dialog.returnValue === 'ok' ? input.value.trim() : null); };
    dialog.returnValue = '';
    dialog.addEventListener('close', done);
    dialog.showModal();
    input.select();
  });
}
