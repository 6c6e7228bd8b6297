// Asks again for what others change, while somebody looks and touched the page within ten minutes.
(function () {
  'use strict';
  var every = 15000, rest = 600000, touched = Date.now();
  ['pointerdown', 'keydown', 'scroll'].forEach(function (e) { addEventListener(e, function () { touched = Date.now(); }, { passive: true }); });
  var ask = function () {
    if (document.visibilityState !== 'visible' || Date.now() - touched > rest) return;
    if (window.htmx) document.querySelectorAll('[data-hx-trigger~="live"]').forEach(function (el) { window.htmx.trigger(el, 'live'); });
    document.querySelectorAll('[data-news]').forEach(function (el) {
      fetch(el.dataset.news, { credentials: 'same-origin' }).then(function (a) { return a.status === 200 && !a.redirected ? a.text() : ''; }).then(function (t) { if (t) el.innerHTML = t; }, function () {});
    });
  };
  setInterval(ask, every);
  document.addEventListener('visibilitychange', ask);
  window.live = ask;
})();
