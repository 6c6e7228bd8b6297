// The key / goes to the search box.
document.addEventListener('keydown', function (e) {
  'use strict';
  var box = document.querySelector('[data-find]');
  if (e.key !== '/' || !box || e.ctrlKey || e.altKey || e.metaKey || e.isComposing || e.target.closest('input,textarea,select,[contenteditable]')) return;
  e.preventDefault();
  box.focus();
});
