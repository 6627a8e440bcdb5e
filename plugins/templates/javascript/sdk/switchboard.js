// The contract in the words of JavaScript: what a plugin answers with, and the way from an event to a method. Change it as you
// like; the contract itself is plugin.wit beside this file, where names have dashes that become camelCase here.

import { write } from "switchboard:plugin/log@0.1.0";

/** Lines for the plugin's log, which the admin reads. */
export const log = Object.fromEntries(
  ["debug", "info", "warn", "error"].map((level) => [level, (...parts) => write(level, parts.map(String).join(" "))]),
);

// The engine has no console, and libraries take one for granted.
globalThis.console ??= { ...log, log: log.info };

/** Something to say. `values` fills `{name}` in the text with plain text: never markup, never a ping. */
export function draft(text, { markdown = false, values = {}, short = null, buttons = [], cites = [] } = {}) {
  return {
    text,
    short,
    format: markdown ? "markdown" : "plain",
    values: Object.entries(values).map(([name, value]) => [name, String(value)]),
    buttons,
    files: [],
    cites,
    more: null,
  };
}

/** A button that comes back as the event `interaction` with its payload. `presser`: anyone, person or staff. */
export function button(label, payload, { presser = "anyone", isPrivate = false } = {}) {
  return { label, effect: { tag: "press", val: payload }, presser, private: isPrivate };
}

/** Says it where the event happened; `where`: here, thread or privately. By `name` it can be edited later, as `#name`. */
export function reply(said, { to = null, where = "here", name = null } = {}) {
  return { tag: "reply", val: { to, where, name, draft: asDraft(said) } };
}

/** Says it elsewhere (permission `post`): a list of places' refs. */
export function post(places, said, { name = null } = {}) {
  const to = places.map((place) => ({ tag: "place", val: place }));
  return { tag: "post", val: { to, name, draft: asDraft(said) } };
}

/** Says an own message differently. */
export function edit(target, said) {
  return { tag: "edit", val: { target, draft: asDraft(said) } };
}

/** Sets a timer (permission `wake`): milliseconds since the epoch, or five cron fields with a zone. */
export function wake(id, { at, cron, zone, payload = "" }) {
  const schedule = cron ? { tag: "cron", val: { cron, zone } } : { tag: "at", val: at };
  return { tag: "wake", val: { id, schedule, payload } };
}

/** The text in bytes, such as those of `kv`; `otherwise` where there are none. This engine has no TextDecoder. */
export function textOf(bytes, otherwise = "") {
  if (!bytes) return otherwise;
  return decodeURIComponent(Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""));
}

/** The bytes of a text, such as `kv` keeps. */
export function bytesOf(text) {
  const escaped = encodeURIComponent(text).match(/%..|[^%]/g) ?? [];
  return new Uint8Array(escaped.map((part) => (part[0] === "%" ? parseInt(part.slice(1), 16) : part.charCodeAt(0))));
}

/** All that the plugin asks for, and what it says of its answer. `stop` keeps the event from the plugins behind it. */
export function outcome(actions = [], { answered = false, abstained = null, stop = false } = {}) {
  let stance = { tag: "neutral" };
  if (answered) stance = { tag: "answered" };
  if (abstained !== null) stance = { tag: "abstained", val: abstained };
  return { actions, stance, flow: stop ? "stop" : "pass" };
}

/**
 * The handler that the contract wants. `methods` has `init(community, config)` and one method for each kind of event that the
 * manifest asks for, named like it: `message(event, message, trail)`. A method that answers nothing passes the event on.
 */
export function plugin(methods) {
  return {
    init(community, config) {
      try {
        methods.init?.(community, JSON.parse(config));
      } catch (error) {
        throw String(error?.message ?? error);
      }
    },

    handle(event, trail) {
      const name = event.body.tag.replace(/-./g, (dash) => dash[1].toUpperCase());
      try {
        return methods[name]?.(event, event.body.val, trail) ?? outcome();
      } catch (error) {
        throw asError(error);
      }
    },
  };
}

function asDraft(said) {
  return typeof said === "string" ? draft(said) : said;
}

// What a host function refused is thrown by it; a host that is busy is worth another try.
function asError(error) {
  const refusal = error?.payload ?? error;
  if (["rejected", "retry-after", "failed"].includes(refusal?.tag)) return refusal;
  if (["timeout", "unavailable"].includes(refusal?.tag)) return { tag: "retry-after", val: 1000 };
  return { tag: "failed", val: String(refusal?.val ?? refusal?.message ?? refusal) };
}
