// Keeps an open page up to date. Every page works without it.
'use strict';

// Parts of a page that carry `data-on` are read again when one of those topics is told; the server renders them.
const TYPING_SHOWN_MS = 5000;
const TYPING_EVERY_MS = 3000;
const page = document.body;
const byId = id => document.getElementById(id);

// Replaces what changed, keyed by id, so that focus, scrolling and open parts stay where they are.
function merge(now, next) {
  const keyed = [...next.children].every(child => child.id);
  if (!keyed || !next.children.length || !now.children.length) {
    // Whoever is on a button or in a field there is not thrown out of it.
    if (!now.contains(document.activeElement) && now.innerHTML !== next.innerHTML) now.replaceChildren(...next.childNodes);
    return;
  }
  const keep = new Set([...next.children].map(child => child.id));
  [...now.children].forEach(child => { if (!keep.has(child.id)) child.remove(); });
  let at = now.firstElementChild;
  [...next.children].forEach(child => {
    const old = byId(child.id);
    if (old && old.parentElement === now) {
      if (!old.contains(document.activeElement) && !old.querySelector('details[open]') && old.outerHTML !== child.outerHTML) {
        if (old === at) at = old.nextElementSibling;
        old.replaceWith(child);
        now.insertBefore(child, at);
      } else if (old === at) {
        at = at.nextElementSibling;
      } else {
        now.insertBefore(old, at);
      }
    } else {
      child.classList.add('fresh');
      now.insertBefore(child, at);
    }
  });
}

let reading = false;
let again = null;
async function refresh(topics) {
  if (reading) { again = [...(again || []), ...topics]; return; }
  const wants = part => topics.includes('all') || part.dataset.on.split(' ').some(topic => topics.includes(topic));
  const parts = [...document.querySelectorAll('[data-on]')].filter(wants);
  if (!parts.length) return;
  reading = true;
  try {
    const atEnd = innerHeight + scrollY >= document.documentElement.scrollHeight - 120;
    const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
    if (answer.redirected && new URL(answer.url).pathname.endsWith('/sign-in')) { location.reload(); return; }
    if (!answer.ok) return;
    const next = new DOMParser().parseFromString(await answer.text(), 'text/html');
    let longer = false;
    for (const part of parts) {
      const fresh = part.id && next.getElementById(part.id);
      if (!fresh) continue;
      const before = part.children.length;
      merge(part, fresh);
      longer ||= part.id === 'timeline' && part.children.length > before;
    }
    // A form that could not be there before, such as the reply of a conversation that was just claimed elsewhere.
    if (longer && atEnd && !document.activeElement.matches('textarea')) scrollTo(0, document.documentElement.scrollHeight);
    if (topics.includes('conversation')) typing(false);
  } catch {
    // The stream tells when the server is back.
  } finally {
    reading = false;
    if (again) { const more = again; again = null; refresh(more); }
  }
}

let typingTimer;
function typing(on) {
  const line = byId('typing');
  if (!line) return;
  clearTimeout(typingTimer);
  line.textContent = on ? `${byId('title').textContent} is typing …` : '';
  if (on) typingTimer = setTimeout(() => typing(false), TYPING_SHOWN_MS);
}

// A browser opens six connections to one server, for all its tabs and for the pages that it keeps to go back to. So only a page that
// somebody sees holds one.
let stream = null;
let lost = false;
function listen() {
  if (stream || document.hidden || !page.dataset.live || !window.EventSource) return;
  const opened = new EventSource(page.dataset.live);
  stream = opened;
  opened.onopen = () => {
    byId('offline').hidden = true;
    if (lost) refresh(['all']);
    lost = false;
  };
  opened.onerror = () => {
    lost = true;
    byId('offline').hidden = false;
    // A refused stream is not tried again by the browser.
    if (opened.readyState !== EventSource.CLOSED || stream !== opened) return;
    stream = null;
    setTimeout(listen, TYPING_SHOWN_MS);
  };
  opened.onmessage = event => {
    const topics = event.data.split(' ');
    if (topics.includes('typing')) typing(true);
    refresh(topics);
  };
}

function hangUp() {
  if (!stream) return;
  stream.close();
  stream = null;
  // What is told meanwhile is read when somebody looks again.
  lost = true;
}

// What is being written survives a reload, a lost session and a slip of the mouse; this tab alone keeps it.
function drafts() {
  for (const form of document.querySelectorAll('form[data-draft]')) {
    const field = form.querySelector('textarea');
    const key = `draft:${form.dataset.draft}`;
    if (!field.value) field.value = sessionStorage.getItem(key) || '';
    field.addEventListener('input', () => sessionStorage.setItem(key, field.value));
    form.addEventListener('submit', () => sessionStorage.setItem('sent', key));
  }
  const sent = sessionStorage.getItem('sent');
  sessionStorage.removeItem('sent');
  // Only a page that says so means that it was taken.
  if (sent && new URLSearchParams(location.search).has('said')) {
    const text = sessionStorage.getItem(sent);
    sessionStorage.removeItem(sent);
    for (const field of document.querySelectorAll('form[data-draft] textarea')) if (field.value === text) field.value = '';
  }
}

function tellTyping() {
  const form = document.querySelector('form[data-typing]');
  if (!form) return;
  let last = 0;
  form.querySelector('textarea').addEventListener('input', event => {
    if (event.timeStamp - last < TYPING_EVERY_MS && last) return;
    last = event.timeStamp;
    fetch(form.dataset.typing, { method: 'POST', body: new URLSearchParams({ _csrf: page.dataset.csrf }) }).catch(() => {});
  });
}

// A second press while the first is on its way does nothing; the server would ignore it, too.
document.addEventListener('submit', event => {
  if (event.target.method !== 'post') return;
  if (event.target.dataset.busy) { event.preventDefault(); return; }
  event.target.dataset.busy = '1';
  event.submitter?.setAttribute('aria-busy', 'true');
});
addEventListener('pageshow', () => document.querySelectorAll('form[data-busy]').forEach(form => {
  delete form.dataset.busy;
  form.querySelectorAll('[aria-busy]').forEach(button => button.removeAttribute('aria-busy'));
}));

function keysOn() {
  return localStorage.getItem('keys') !== 'off';
}

function move(step) {
  const rows = [...document.querySelectorAll('a.row, tbody a')];
  const at = rows.indexOf(document.activeElement);
  rows[Math.max(0, Math.min(rows.length - 1, at + step))]?.focus();
}

let went = false;
const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  c: () => byId('claim')?.click(),
  r: () => byId('reply')?.focus(),
  n: () => {
    const note = byId('note');
    if (!note) return;
    note.closest('details').open = true;
    note.focus();
  },
  '/': () => { location.href = '/console/search'; },
  '?': () => byId('keys').showModal(),
};

document.addEventListener('keydown', event => {
  const field = event.target.closest('input, textarea, select');
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && field?.form) {
    event.preventDefault();
    field.form.requestSubmit();
    return;
  }
  if (field || event.ctrlKey || event.metaKey || event.altKey || !keysOn() && event.key !== '?') return;
  if (went && event.key === 'i') { location.href = '/console/inbox'; return; }
  went = event.key === 'g';
  const act = KEYS[event.key];
  if (act) { event.preventDefault(); act(); }
});

const box = byId('keys-on');
if (box) {
  box.checked = keysOn();
  box.addEventListener('change', () => localStorage.setItem('keys', box.checked ? 'on' : 'off'));
}
// On a phone the navigation scrolls: where one is stays in sight.
document.querySelector('.top [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
drafts();
tellTyping();
listen();
addEventListener('pagehide', hangUp);
addEventListener('pageshow', listen);
document.addEventListener('visibilitychange', () => (document.hidden ? hangUp() : listen()));
