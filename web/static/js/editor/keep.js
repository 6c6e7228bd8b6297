// What is typed is kept: on the server a moment after the last key, in this
// browser when the server cannot be reached, until the form is saved.
const DELAY = 1500;

export function keep(form, state, say, read) {
  const place = 'gongkai:' + form.dataset.copy;
  let timer, busy = false, again = false, stopped = false;
  const show = (code, args) => { state.textContent = say(code, args); state.dataset.state = code; };

  const store = () => { try { localStorage.setItem(place, JSON.stringify({ at: Date.now(), body: read() })); } catch (_) { /* full or forbidden: the server has the rest */ } };
  const forget = () => { try { localStorage.removeItem(place); } catch (_) { /* nothing kept */ } };

  async function send() {
    if (stopped) return;
    if (busy) { again = true; return; }
    busy = true;
    show('keeping');
    try {
      read();
      const data = new URLSearchParams(Array.from(new FormData(form)).filter((f) => typeof f[1] === 'string'));
      const answer = await fetch(form.dataset.copy, { method: 'POST', body: data, headers: { Accept: 'application/json' }, credentials: 'same-origin' });
      const said = await answer.json();
      if (answer.ok) { forget(); show('kept', { at: said.at }); } else {
        store();
        if (answer.status === 409) { stopped = true; show('conflict'); form.dispatchEvent(new CustomEvent('conflict', { detail: said })); } else show('refused', { why: said.title });
      }
    } catch (_) {
      store();
      show('offline');
      timer = setTimeout(send, 10 * DELAY);
    }
    busy = false;
    if (again) { again = false; changed(); }
  }

  function changed() { show('changed'); clearTimeout(timer); timer = setTimeout(send, DELAY); }

  addEventListener('online', send);
  return {
    changed,
    now() { clearTimeout(timer); return send(); },
    stop() { stopped = true; clearTimeout(timer); forget(); },
    local() { try { return JSON.parse(localStorage.getItem(place)); } catch (_) { return null; } },
    forget,
  };
}
