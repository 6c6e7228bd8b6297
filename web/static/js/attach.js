// Attachments are sent one after the other as soon as they are chosen, with how
// far each is. Without this script the button sends them with the form.
(function () {
  'use strict';
  var d = document, field = d.getElementById('f-attach');
  if (!field) return;
  var words = field.dataset, form = field.form, list = d.createElement('ul'), queue = [], busy = false;
  list.className = 'sending';
  field.closest('.field').before(list);
  field.closest('.row').querySelector('button').classList.add('off');

  var make = function (tag, text, attrs) {
    var el = d.createElement(tag);
    if (text) el.textContent = text;
    for (var name in attrs) el.setAttribute(name, attrs[name]);
    return el;
  };
  var size = function (n) { return n >= 1048576 ? (n / 1048576).toFixed(1) + ' MB' : Math.ceil(n / 1024) + ' KB'; };

  // kept is the line of a file that is stored, as the server writes it.
  var kept = function (said) {
    var row = make('div', '', { 'class': 'file' }), drop = make('label', '', { 'class': 'tick' }), name = make('span', said.name + ' ');
    row.append(make('input', '', { type: 'hidden', name: 'attachment.hash', value: said.hash }), make('input', '', { type: 'hidden', name: 'attachment.name', value: said.name }));
    name.append(make('small', size(said.size)));
    drop.append(make('input', '', { type: 'checkbox', name: 'attachment.drop', value: said.hash }), ' ' + words.drop);
    row.append(name, drop);
    list.before(row);
    form.dispatchEvent(new Event('input', { bubbles: true }));
  };

  var next = function () {
    var one = queue.shift();
    busy = !!one;
    if (one) one();
  };

  var send = function (file) {
    var line = make('li'), bar = make('progress', '', { max: 100, value: 0, 'aria-label': file.name }), at = make('span', words.waiting, { role: 'status' });
    var stop = make('button', words.stop, { type: 'button', 'class': 'btn small', 'aria-label': words.stop + '：' + file.name }), x = new XMLHttpRequest(), begun = false, stopped = false;
    line.append(make('b', file.name), bar, at, stop);
    list.append(line);
    var failed = function (why) {
      bar.remove();
      at.textContent = words.failed + why;
      line.className = 'why';
      stop.textContent = words.away;
      stop.setAttribute('aria-label', words.away + '：' + file.name);
      stopped = true;
      next();
    };
    stop.addEventListener('click', function () {
      if (!stopped) { stopped = true; if (begun) { x.abort(); next(); } }
      line.remove();
      field.focus();
    });
    queue.push(function () {
      if (stopped) { next(); return; }
      var data = new FormData();
      data.set('unit', form.elements.unit.value);
      data.set('file', file);
      begun = true;
      x.open('POST', '/manuscripts/attachments');
      x.setRequestHeader('Accept', 'application/json');
      x.upload.addEventListener('progress', function (e) {
        if (!e.lengthComputable) return;
        bar.value = Math.round(e.loaded / e.total * 100);
        at.textContent = bar.value + ' %';
      });
      x.addEventListener('load', function () {
        var said = {};
        try { said = JSON.parse(x.responseText); } catch (_) { /* no answer of ours */ }
        if (x.status !== 200) { failed(said.title || x.status); return; }
        line.remove();
        kept(said);
        next();
      });
      x.addEventListener('error', function () { failed(words.offline); });
      x.send(data);
    });
    if (!busy) next();
  };

  field.addEventListener('change', function () {
    Array.prototype.forEach.call(field.files, send);
    field.value = '';
  });
})();
