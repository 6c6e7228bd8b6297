// Keys, for who has not turned them off: none of them decides anything.
(function () {
  'use strict';
  var d = document, off = d.documentElement.dataset.keys === 'off', at = -1;
  var step = function (all, now, key) { var by = /[kp]/.test(key) ? -1 : 1; return now < 0 ? (by > 0 ? 0 : all.length - 1) : (now + by + all.length) % all.length; };
  var reach = function (el) {
    el.scrollIntoView({ block: 'center' });
    el.focus({ preventScroll: true });
  };
  var row = function (key) {
    var all = Array.from(d.querySelectorAll('.list .t'));
    if (!all.length) return false;
    reach(all[step(all, all.indexOf(d.activeElement), key)]);
    return true;
  };
  var change = function (key) {
    var all = d.querySelectorAll('.redline [id^="c"]');
    if (!all.length) return false;
    at = step(all, at < all.length ? at : -1, key);
    all.forEach(function (el, i) { el.classList.toggle('at', i === at); });
    all[at].setAttribute('tabindex', '-1');
    reach(all[at]);
    return true;
  };
  var to = function (what, then) {
    var el = d.querySelector(what);
    if (!el) return false;
    then(el);
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
    j: row, k: row, n: change, p: change,
    a: function () { return to('.bar .pri', reach); },
    r: function () { return to('[data-open]', function (el) { el.click(); }); },
    '?': help
  };
  d.addEventListener('keydown', function (e) {
    var key = e.key.toLowerCase(), act = keys[key];
    if (off || !act || e.ctrlKey || e.altKey || e.metaKey || e.isComposing || e.target.closest('input,textarea,select,[contenteditable],dialog')) return;
    if (act(key)) e.preventDefault();
  });
})();
