// The visitor's side of the web chat. What others wrote becomes elements and text nodes, never markup.
const lang = navigator.languages.map((l) => l.slice(0, 2)).find((l) => WORDS[l]) || "en";
const W = WORDS[lang];
// The country says how times are written.
const locale = navigator.languages.find((l) => l.startsWith(lang)) || lang;
const $ = (id) => document.getElementById(id);
const log = $("log"), text = $("text"), body = document.body;
const KEY = "switchboard", FILES_MAX = 5, BYTES_MAX = 10485760;

// Nothing is stored before the visitor writes; where storage is forbidden, this page is all that remembers.
let state = { token: null, pending: [] };
try { state = JSON.parse(localStorage.getItem(KEY)) || state; } catch {}
const save = () => { try { localStorage.setItem(KEY, JSON.stringify(state)); } catch {} };

const lines = new Map();
let link = null, tries = 0, socketFails = 0, heard = 0, newest = 0, retryTimer = 0, typingTimer = 0, typedAt = 0, attached = [], editing = null;

function el(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (name in node) node[name] = value; else node.setAttribute(name, value);
  }
  node.append(...children.flat(9).filter((child) => child != null));
  return node;
}
const id16 = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
const safe = (url) => /^(https?:|mailto:)/i.test(url);
const anchor = (url, ...label) => safe(url) ? el("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow" }, ...label) : el("span", {}, ...label);

// The content tree, as the server's model defines it.
function inlines(list) {
  return list.map(({ t, c }) => {
    switch (t) {
      case "text": return c;
      case "bold": return el("strong", {}, inlines(c));
      case "italic": return el("em", {}, inlines(c));
      case "strike": return el("s", {}, inlines(c));
      case "spoiler": return el("details", {}, el("summary", {}, "…"), inlines(c));
      case "code": return el("code", {}, c);
      case "link": return anchor(c.url, ...inlines(c.label));
      case "mention": return c.Identity ? "@" + c.Identity.name : "#" + c.Place.name;
      case "break": return el("br");
    }
  });
}
function blocks(list) {
  return list.map(({ t, c }) => {
    switch (t) {
      case "paragraph": return el("p", {}, inlines(c));
      case "heading": return el("h2", {}, inlines(c));
      case "quote": return el("blockquote", {}, blocks(c));
      case "list": {
        const items = c.items.map((item) => el("li", {}, blocks(item)));
        return c.start == null ? el("ul", {}, items) : el("ol", { start: c.start }, items);
      }
      case "code": return el("pre", { tabIndex: 0 }, el("code", {}, c.text));
    }
  });
}
const plain = (list) => list.map((b) => (b.c || []).map((i) => i.t == "text" ? i.c : "\n").join("")).join("\n\n");
const tree = (words) => words.split(/\n\n+/).filter((p) => p.trim()).map((p) => ({
  t: "paragraph", c: p.split("\n").flatMap((l, n) => [...(n ? [{ t: "break" }] : []), ...(l ? [{ t: "text", c: l }] : [])])
}));
const kib = (bytes) => new Intl.NumberFormat(locale, { style: "unit", unit: bytes < 1e6 ? "kilobyte" : "megabyte", maximumFractionDigits: 1 }).format(bytes < 1e6 ? Math.max(bytes / 1e3, 0.1) : bytes / 1e6);

// By most of the letters, not by the first: a line may well begin with a name in another script.
const direction = (words) => (words.match(/[\u0590-\u08ff]/g) || "").length * 2 > (words.match(/\p{L}/gu) || "").length ? "rtl" : "ltr";

// One article for each line, found again by its id: so a line that comes twice is shown once.
function show(line, status) {
  const old = lines.get(line.id);
  const order = line.seq ?? old?.order ?? newest + 0.5;
  newest = Math.max(newest, order);
  line = { ...old?.line, ...line };
  const gone = line.deleted;
  const files = (line.files || []).map((f) => f.image
    ? el("a", { href: f.url, target: "_blank", rel: "noopener" }, el("img", { src: f.url, alt: f.alt || f.name, loading: "lazy" }))
    : el("a", { className: "file", href: f.url, download: f.name }, f.name + " · " + kib(f.bytes)));
  const name = line.who == "you" ? W.you : line.name || document.title;
  const meta = [new Date(line.at).toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" })];
  if (line.edited) meta.push(W.edited);
  if (line.everyone) meta.push(W.all);
  if (line.who == "you" && !gone) meta.push(status || W.sent);
  const own = line.who == "you" && !gone && (!status || status == W.sent);
  const words = el("div", { className: "say" }, gone ? W.gone : [blocks(line.blocks || []), files]);
  words.dir = direction(words.textContent);
  // A screen reader reads new lines, not that one was sent.
  const node = el("article", { className: line.who + (gone ? " gone" : "") },
    el("p", { className: "by" }, name),
    words,
    gone ? null : buttons(line),
    el("p", { className: "meta", "aria-live": "off" }, meta.join(" · "), own ? [
      el("button", { type: "button", onclick: () => startEdit(line) }, W.edit),
      el("button", { type: "button", onclick: () => { send({ t: "delete", of: line.id }); show({ ...line, deleted: true }); } }, W.del)
    ] : null));
  const stick = log.scrollHeight - log.scrollTop - log.clientHeight < 160 || line.who == "you";
  const focused = old?.node.contains(document.activeElement);
  const same = old && old.order == order && !gone && JSON.stringify([line.blocks, line.buttons, line.files?.length]) == JSON.stringify([old.line.blocks, old.line.buttons, old.line.files?.length]);
  if (same) {
    // What was read aloud stays where it is; only what is said of it changes.
    old.node.lastChild.replaceWith(node.lastChild);
    lines.set(line.id, { line, order, node: old.node });
    return false;
  }
  if (old && old.order == order) old.node.replaceWith(node);
  else {
    old?.node.remove();
    const after = [...lines.values()].filter((l) => l.order > order && l !== old).sort((a, b) => a.order - b.order)[0];
    log.insertBefore(node, after ? after.node : null);
  }
  lines.set(line.id, { line, order, node });
  if (focused) text.focus();
  if (stick) log.scrollTop = log.scrollHeight;
  $("start")?.remove();
  return !old;
}

function buttons(line) {
  if (!line.buttons?.length) return null;
  const row = el("div", { className: "more" });
  for (const { label, effect } of line.buttons) {
    if (effect.t == "link") {
      const a = anchor(effect.url, label);
      a.className = "file";
      row.append(a);
      continue;
    }
    const press = (values) => send({ t: "press", message: line.id, button: effect.id, everyone: !!line.everyone, values });
    const button = el("button", { type: "button" }, label);
    button.onclick = () => {
      if (effect.t == "form") return ask(row, effect.form, press);
      for (const other of row.children) other.disabled = false;
      button.disabled = true;
      text.focus({ preventScroll: true });
      press([]);
    };
    row.append(button);
  }
  return row;
}

function ask(row, form, press) {
  row.parentNode.querySelector("form")?.remove();
  const box = el("form", { className: "form" }, el("strong", {}, form.title));
  for (const field of form.fields) {
    const kind = field.input.t, props = { name: field.name, required: field.required && kind != "yes_no" };
    const input = kind == "paragraph" ? el("textarea", { ...props, rows: 3 })
      : kind == "choice" ? el("select", props, el("option", { value: "" }, W.pick), field.input.choices.map(([value, label]) => el("option", { value }, label)))
      : el("input", { ...props, type: { number: "number", yes_no: "checkbox" }[kind] || "text", step: "any" });
    box.append(el("label", {}, field.label, input));
  }
  box.append(el("div", { className: "more" }, el("button", {}, W.send), el("button", { type: "button", onclick: () => box.remove() }, W.cancel)));
  box.onsubmit = (event) => {
    event.preventDefault();
    press([...box.elements].filter((e) => e.name).map((e) => [e.name, e.type == "checkbox" ? String(e.checked) : e.value]));
    box.remove();
    text.focus();
  };
  row.after(box);
  box.elements[0]?.focus();
}

// A frame waits here, over reloads too, until the server says that it has it. Sent twice, it counts once there.
async function send(frame) {
  frame.id = id16();
  state.pending.push(frame);
  if (!state.token) await begin();
  save();
  if (link?.ready) push(frame); else connect();
  return frame.id;
}
async function begin() {
  try {
    const answer = await (await fetch("/chat/begin", { method: "POST" })).json();
    if (answer.token) { state.token = answer.token; save(); } else hint(W[answer.why] || W.other);
  } catch { offline(); }
}
function push(frame) {
  if (link?.socket) return link.socket.send(JSON.stringify(frame));
  fetch("/chat/send", { method: "POST", headers: auth(), body: JSON.stringify(frame) })
    .then((r) => r.text()).then((answer) => answer && hear(JSON.parse(answer), frame.id)).catch(() => again());
}
const auth = () => ({ Authorization: "Bearer " + state.token });

function hear(frame, sentId) {
  heard = Date.now();
  switch (frame.t) {
    case "welcome": {
      log.setAttribute("aria-busy", "true");
      tries = socketFails = 0;
      link.ready = true;
      status("");
      frame.lines.forEach((line) => { settle(line.id); show(line); });
      older(frame.more);
      log.removeAttribute("aria-busy");
      log.scrollTop = log.scrollHeight;
      state.pending.forEach(push);
      break;
    }
    case "earlier":
      frame.lines.forEach((line) => show(line));
      older(frame.more);
      break;
    case "line":
      if (frame.line.who != "you") { $("typing").textContent = ""; parent !== window && parent.postMessage("switchboard:new", "*"); }
      show(frame.line);
      break;
    case "taken": settle(frame.id); break;
    case "refused": refused(frame, frame.id || sentId); break;
    case "typing":
      $("typing").textContent = (frame.name || document.title) + " " + W.typing;
      clearTimeout(typingTimer);
      typingTimer = setTimeout(() => { $("typing").textContent = ""; }, 8000);
  }
}
function settle(id) {
  const frame = state.pending.find((f) => f.id == id);
  if (!frame) return;
  state.pending = state.pending.filter((f) => f !== frame);
  save();
  if (!state.pending.length && [W.too_fast, W.later].includes($("hint").textContent)) hint("");
  if (frame.t == "say" && lines.has(id)) show(lines.get(id).line);
}
function refused(frame, id) {
  if (frame.why == "unknown") {
    // The key of the server changed, or a year has passed: begin anew, and say what is waiting once more.
    state.token = null;
    link = null;
    begin().then(connect);
    return;
  }
  const words = frame.words || W[frame.why] || W.other;
  hint(words);
  if (!id) return;
  if (frame.again) {
    setTimeout(() => { const waiting = state.pending.find((f) => f.id == id); if (waiting && link?.ready) push(waiting); }, 3000);
    return;
  }
  state.pending = state.pending.filter((f) => f.id != id);
  save();
  if (lines.has(id)) show(lines.get(id).line, "✕ " + words);
}
function older(more) {
  $("older")?.remove();
  if (!more) return;
  const first = Math.min(...[...lines.values()].map((l) => l.order));
  log.prepend(el("button", { id: "older", type: "button", onclick: () => push({ t: "earlier", before: Math.floor(first) }) }, W.earlier));
}

// A socket first; where a network has none, a stream of server-sent events, with posts the other way.
function connect() {
  clearTimeout(retryTimer);
  if (!state.token || link) return;
  if (tries) status(W.connecting);
  heard = Date.now();
  const mine = link = { ready: false };
  const lost = () => { if (link === mine) { if (!mine.ready) socketFails++; again(); } };
  mine.end = () => {};
  if (socketFails < 2) {
    const socket = mine.socket = new WebSocket(location.origin.replace(/^http/, "ws") + "/chat/socket");
    mine.end = () => { socket.onclose = null; socket.close(); };
    socket.onopen = () => socket.send(JSON.stringify({ t: "hello", token: state.token }));
    socket.onmessage = (event) => { if (link === mine) hear(JSON.parse(event.data)); };
    socket.onclose = lost;
  } else {
    const stop = new AbortController();
    mine.end = () => stop.abort();
    stream(mine, stop.signal).then(lost, lost);
  }
}
async function stream(mine, signal) {
  const answer = await fetch("/chat/stream", { headers: auth(), signal });
  if (!answer.ok) { const frame = await answer.json(); if (link === mine) hear(frame); return; }
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = "", part; !(part = await reader.read()).done && link === mine;) {
    const events = (rest + part.value).split("\n\n");
    rest = events.pop();
    for (const event of events) if (event.startsWith("data:")) hear(JSON.parse(event.slice(5)));
  }
}
function again() {
  link?.end();
  link = null;
  offline();
  clearTimeout(retryTimer);
  retryTimer = setTimeout(connect, Math.min(30000, 500 * 2 ** Math.min(tries++, 6)) * (0.7 + Math.random() / 2));
}
const offline = () => { if (tries > 1) status(W.offline); };
const status = (words) => { if ($("state").textContent != words) $("state").textContent = words; };
const hint = (...words) => $("hint").replaceChildren(...words);

// A laptop that slept has a socket that looks open. Three missed beats say otherwise.
setInterval(() => { if (link && Date.now() - heard > 50000) again(); }, 5000);
addEventListener("online", () => { link?.end(); link = null; tries = 0; connect(); });
addEventListener("visibilitychange", () => { if (!document.hidden && Date.now() - heard > 25000) { link?.end(); link = null; connect(); } });

function say(words) {
  hint("");
  if (editing) {
    const line = editing;
    editing = null;
    if (words) { send({ t: "edit", of: line.id, text: words }); show({ ...line, blocks: tree(words), edited: true }); }
    return;
  }
  if (!words && !attached.length) return;
  const frame = { t: "say", text: words, files: attached.map((f) => f.ticket) };
  const files = attached;
  attached = [];
  drawFiles();
  send(frame);
  show({ id: frame.id, who: "you", at: Date.now(), blocks: tree(words), files }, W.sending);
}
function startEdit(line) {
  editing = line;
  text.value = plain(line.blocks);
  hint(W.editing + " ", el("button", { type: "button", onclick: stopEdit }, W.cancel));
  grow();
  text.focus();
}
function stopEdit() {
  editing = null;
  text.value = "";
  hint("");
  grow();
  text.focus();
}
const grow = () => { text.dir = text.value ? "auto" : ""; text.style.height = "auto"; text.style.height = text.scrollHeight + 2 + "px"; };

async function attach(list) {
  const troubles = [];
  for (const file of list) {
    const trouble = attached.length >= FILES_MAX ? "full" : file.size > BYTES_MAX ? "too_large" : await upload(file);
    if (trouble) troubles.push(file.name + ": " + (W[trouble] || W.other));
    drawFiles();
  }
  hint(troubles.join(" "));
}
// Answers what was wrong with it.
async function upload(file) {
  hint(W.uploading);
  if (!state.token) await begin();
  const form = new FormData();
  form.append("file", file);
  try {
    const answer = await (await fetch("/chat/file", { method: "POST", headers: auth(), body: form })).json();
    if (!answer.ticket) return answer.why == "too_fast" ? "files_fast" : answer.why;
    attached.push(answer);
  } catch { return "other"; }
}
function drawFiles() {
  $("files").replaceChildren(...attached.map((file) => el("li", {}, file.name + " ",
    el("button", { type: "button", "aria-label": W.remove + ": " + file.name, onclick: () => { attached = attached.filter((f) => f !== file); drawFiles(); text.focus(); } }, "✕"))));
}

document.documentElement.lang = lang;
document.documentElement.dir = lang == "ar" ? "rtl" : "ltr";
text.placeholder = W.write;
for (const [id, words] of [["text", W.write], ["write", W.write], ["send", W.send], ["attach", W.attach], ["close", W.close], ["log", W.log], ["file", W.attach]]) $(id).setAttribute("aria-label", words);
text.oninput = () => {
  grow();
  if (link?.ready && Date.now() - typedAt > 4000) { typedAt = Date.now(); push({ t: "typing" }); }
};
text.onkeydown = (event) => {
  if (event.key == "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); $("write").requestSubmit(); }
  if (event.key == "Escape" && editing) { event.stopPropagation(); stopEdit(); }
};
text.onpaste = (event) => { if (event.clipboardData.files.length) { event.preventDefault(); attach(event.clipboardData.files); } };
// Files may be dropped anywhere on the page.
addEventListener("dragover", (event) => {
  if (event.dataTransfer.types.includes("Files")) { event.preventDefault(); body.classList.add("drop"); }
});
addEventListener("dragleave", (event) => { if (!event.relatedTarget) body.classList.remove("drop"); });
addEventListener("drop", (event) => {
  body.classList.remove("drop");
  if (event.dataTransfer.files.length) { event.preventDefault(); attach([...event.dataTransfer.files]); text.focus(); }
});
$("write").onsubmit = (event) => {
  event.preventDefault();
  const words = text.value.trim();
  text.value = "";
  grow();
  say(words);
};
$("attach").onclick = () => $("file").click();
$("file").onchange = () => { attach([...$("file").files]); $("file").value = ""; };
if (parent !== window) {
  $("close").hidden = false;
  $("close").textContent = "✕";
  $("close").onclick = () => parent.postMessage("switchboard:close", "*");
  addEventListener("keydown", (event) => { if (event.key == "Escape" && !editing) $("close").click(); });
}
const examples = body.dataset.examples ? body.dataset.examples.split("\n") : W.ex;
log.append(el("section", { id: "start", className: "start" }, el("p", {}, body.dataset.greeting || W.greet),
  el("div", { className: "more" }, examples.map((words) => el("button", { type: "button", onclick: () => { say(words); text.focus(); } }, words)))));
state.pending.filter((f) => f.t == "say").forEach((f) => show({ id: f.id, who: "you", at: Date.now(), blocks: tree(f.text) }, W.sending));
connect();
