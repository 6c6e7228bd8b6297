// A link of the tabs changes one part of the page: what is typed beside stays.
(function () {
  'use strict';
  document.addEventListener('click', function (e) {
    var link = e.target.closest('a[data-swap]');
    if (!link || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    var part = document.getElementById(link.dataset.swap);
    part.setAttribute('aria-busy', 'true');
    fetch(link.href, { credentials: 'same-origin' }).then(function (a) { return a.ok && !a.redirected ? a.text() : Promise.reject(); }).then(function (t) {
      part.replaceWith(new DOMParser().parseFromString(t, 'text/html').getElementById(link.dataset.swap));
      var now = document.getElementById(link.id);
      if (now) now.focus({ preventScroll: true });
    }).catch(function () { location.href = link.href; });
  });
})();
