// Everything here only helps: each page works without it.
(function () {
  'use strict';
  var d = document, all = function (s, f) { Array.prototype.forEach.call(d.querySelectorAll(s), f); };
  d.documentElement.classList.add('js');

  // How much is left of a field with a limit; how long a text is.
  all('[data-max],[data-count]', function (el) {
    var out = d.createElement('small'), max = +el.dataset.max;
    out.className = 'left';
    out.setAttribute('aria-live', 'off');
    if (max && el.nextElementSibling) el.nextElementSibling.remove();
    el.after(out);
    var show = function () {
      var n = Array.from(max ? el.value.trim() : el.value.replace(/<[^>]*>|\s/g, '')).length;
      out.textContent = max ? n + ' / ' + max : n;
      out.classList.toggle('over', max > 0 && n > max);
    };
    el.addEventListener('input', show);
    show();
  });

  // Parts of the form that a choice makes needless.
  var part = function (name, on) { all('[data-when="' + name + '"]', function (el) { el.classList.toggle('gone', !on); }); };
  var choose = function () {
    var kind = d.getElementById('f-kind'), open = d.querySelector('[name="disclosure.attribute"]:checked');
    if (!kind) return;
    part('reprint', kind.value === 'reprint');
    part('closed', !open || open.value !== 'proactive' || d.getElementById('f-disclosure.ground').value || d.getElementById('f-disclosure.reason').value);
  };
  d.addEventListener('change', choose);
  choose();

  // Ticks counted where the buttons are.
  var ticks = d.querySelectorAll('[name="checklist"]');
  var count = function () {
    var n = d.querySelectorAll('[name="checklist"]:checked').length;
    all('[data-ticks]', function (el) { el.textContent = n + ' / ' + ticks.length; });
  };
  if (ticks.length) { d.addEventListener('change', count); count(); }

  // A button at the foot opens its part of the decision form.
  var open = function (id) {
    var el = d.getElementById(id);
    if (!el) return;
    el.open = true;
    el.scrollIntoView({ block: 'center' });
    (d.getElementById('f-note') || el).focus({ preventScroll: true });
  };
  all('[data-open]', function (a) { a.addEventListener('click', function (e) { e.preventDefault(); open(a.dataset.open); }); });
  if (location.hash === '#return') open('return');

  all('[data-print]', function (b) { b.addEventListener('click', function () { print(); }); });
  var oops = d.getElementById('oops');
  if (oops) oops.focus();

  // Typed and not sent: ask before leaving. Sent: once is enough.
  var dirty = false;
  all('form[data-guard]', function (f) { f.addEventListener('input', function () { dirty = true; }); });
  d.addEventListener('submit', function (e) {
    dirty = false;
    if (e.target.dataset.sent) e.preventDefault();
    e.target.dataset.sent = '1';
    setTimeout(function () { delete e.target.dataset.sent; }, 4000);
  });
  addEventListener('beforeunload', function (e) { if (dirty) e.preventDefault(); });
})();
