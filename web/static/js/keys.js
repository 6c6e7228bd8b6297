// Keys of a page, for who has not turned them off: / searches, J and K go
// through a list, N and P through the changes of a redline, A and R to the
// decision (they never decide), ? shows them all. Never while somebody types.
(function () {
  'use strict';
  var d = document, off = d.documentElement.dataset.keys === 'off', at = -1;
  var step = function (all, now, by) { return now < 0 ? (by > 0 ? 0 : all.length - 1) : (now + by + all.length) % all.length; };
  var reach = function (el) {
    el.scrollIntoView({ block: 'center' });
    el.focus({ preventScroll: true });
  };
  var row = function (by) {
    var all = Array.from(d.querySelectorAll('.list .t'));
    if (!all.length) return false;
    reach(all[step(all, all.indexOf(d.activeElement), by)]);
    return true;
  };
  var change = function (by) {
    var all = d.querySelectorAll('.redline [id^="c"]');
    if (!all.length) return false;
    at = step(all, at < all.length ? at : -1, by);
    all.forEach(function (el, i) { el.classList.toggle('at', i === at); });
    all[at].setAttribute('tabindex', '-1');
    reach(all[at]);
    return true;
  };
  var to = function (what, then) {
    var el = d.querySelector(what);
    if (!el) return false;
    (then || reach)(el);
    return true;
  };
  var help = function () {
    fetch('/keys?back=' + encodeURIComponent(location.pathname + location.search)).then(function (a) { return a.text(); }).then(function (t) {
      var box = d.createElement('dialog'), part = new DOMParser().parseFromString(t, 'text/html').getElementById('keys');
      if (!part) return;
      box.append(part);
      d.body.append(box);
      box.addEventListener('close', function () { box.remove(); });
      box.showModal();
    }, function () {});
    return true;
  };
  var keys = {
    '/': function () { return to('[data-find]', function (el) { el.focus(); }); },
    j: function () { return row(1); }, k: function () { return row(-1); },
    n: function () { return change(1); }, p: function () { return change(-1); },
    a: function () { return to('.bar .pri'); },
    r: function () { return to('[data-open]', function (el) { el.click(); }); },
    '?': help
  };
  d.addEventListener('keydown', function (e) {
    var act = keys[e.key.toLowerCase()];
    if (off || !act || e.ctrlKey || e.altKey || e.metaKey || e.isComposing || e.target.closest('input,textarea,select,[contenteditable],dialog')) return;
    if (act()) e.preventDefault();
  });
})();
