// Pictures: sent to the server as soon as they are pasted, dropped or chosen,
// stored there without what a camera writes into them, and shown from there.
import { BLOB } from './schema.js';

const KINDS = /^image\/(png|jpeg)$/;

// address is where the page gets a stored picture from.
const shown = new Map();
export function address(host, src) {
  if (shown.has(src)) return shown.get(src);
  return host.dataset.images ? host.dataset.images + src.slice('/blob/'.length) : '';
}

// view draws a picture and says when it has no words for those who cannot see it.
export function view(host, say) {
  return (node) => {
    const dom = document.createElement('span'), img = document.createElement('img');
    dom.className = 'pm-img';
    img.alt = node.attrs.alt;
    img.src = address(host, node.attrs.src);
    dom.append(img);
    if (!node.attrs.alt) { dom.classList.add('bare'); dom.title = say('alt_missing'); }
    return { dom };
  };
}

// files are the pictures among what was pasted or dropped.
export const files = (data) => Array.from((data && data.files) || []).filter((f) => KINDS.test(f.type));

// send stores one file and answers its address in a text.
export async function send(host, file) {
  const form = new FormData();
  form.set('unit', document.querySelector('[name="unit"]').value);
  form.set('image', file);
  const answer = await fetch('/manuscripts/images', { method: 'POST', body: form, headers: { Accept: 'application/json' }, credentials: 'same-origin' });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.title);
  if (!BLOB.test(said.src)) throw new Error(said.src);
  const reader = new FileReader();
  await new Promise((ready, failed) => { reader.onload = ready; reader.onerror = failed; reader.readAsDataURL(file); });
  shown.set(said.src, reader.result);
  return said.src;
}
