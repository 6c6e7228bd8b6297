// N and P go to the next and the previous change of a redline.
(function () {
  'use strict';
  var at = -1;
  document.addEventListener('keydown', function (e) {
    var step = { n: 1, p: -1 }[e.key.toLowerCase()];
    if (!step || e.ctrlKey || e.altKey || e.metaKey || e.isComposing || e.target.closest('input,textarea,select,[contenteditable]')) return;
    var all = document.querySelectorAll('.redline [id^="c"]');
    if (!all.length) return;
    at = at < 0 ? (step > 0 ? 0 : all.length - 1) : (at + step + all.length) % all.length;
    e.preventDefault();
    Array.prototype.forEach.call(all, function (el, i) { el.classList.toggle('at', i === at); });
    all[at].scrollIntoView({ block: 'center' });
    all[at].setAttribute('tabindex', '-1');
    all[at].focus({ preventScroll: true });
  });
})();
