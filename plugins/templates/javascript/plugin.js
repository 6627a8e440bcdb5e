// Says hello, and counts how often.

import { get, increment } from "switchboard:plugin/kv@0.1.0";
import { draft, outcome, plugin, reply, textOf } from "./sdk/switchboard.js";

// The settings, as [config] in plugin.toml describes them.
let greeting = "Hello, {name}!";

export const handler = plugin({
  init(community, config) {
    greeting = config.greeting ?? greeting;
  },

  message(event, message) {
    increment("greetings", 1, null);
    const text = draft(greeting, { markdown: true, values: { name: event.person?.name ?? "you" } });
    return outcome([reply(text)], { answered: true });
  },

  command(event, command) {
    const count = textOf(get("greetings"), "0");
    return outcome([reply(draft("I have said hello {count} times.", { values: { count } }))]);
  },
});
