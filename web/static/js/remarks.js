// Words selected in the text fill the form for remarks.
(function () {
  'use strict';
  var d = document, form = d.querySelector('#remark form'), go = d.querySelector('.rm-go');
  if (!form || !go) return;
  var field = function (name) { return form.elements[name]; }, chosen = null;

  // What a range says: without our own numbers, line breaks as characters.
  var said = function (range) {
    var part = range.cloneContents();
    part.querySelectorAll('.rm').forEach(function (el) { el.remove(); });
    part.querySelectorAll('br').forEach(function (el) { el.replaceWith('\n'); });
    return part.textContent;
  };
  var line = function (node) {
    var el = node.nodeType === 1 ? node : node.parentElement, paper = d.getElementById('text');
    return el && paper && paper.contains(el) ? el.closest('p,h1,h2,h3,h4,caption,li,td,th') : null;
  };
  var beside = function (el, range, before) {
    var r = d.createRange();
    r.selectNodeContents(el);
    if (before) r.setEnd(range.startContainer, range.startOffset); else r.setStart(range.endContainer, range.endOffset);
    var all = Array.from(said(r));
    return (before ? all.slice(-16) : all.slice(0, 16)).join('');
  };
  d.addEventListener('selectionchange', function () {
    var s = getSelection();
    chosen = null;
    if (s.rangeCount && !s.isCollapsed) {
      var range = s.getRangeAt(0), el = line(range.startContainer), quote = said(range);
      if (el && el === line(range.endContainer) && quote.trim() && quote.length <= 500) chosen = { quote: quote, prefix: beside(el, range, true), suffix: beside(el, range, false) };
    }
    go.hidden = !chosen;
  });
  go.addEventListener('mousedown', function (e) { e.preventDefault(); });
  go.addEventListener('click', function () {
    if (!chosen) return;
    for (var name in chosen) field(name).value = chosen[name];
    var part = d.getElementById('remark');
    part.open = true;
    go.hidden = true;
    part.scrollIntoView({ block: 'center' });
    field(field('kind').value === 'comment' ? 'text' : 'replacement').focus({ preventScroll: true });
  });
  field('quote').addEventListener('input', function () { field('prefix').value = field('suffix').value = ''; });
})();
