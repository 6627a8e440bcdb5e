// The Telegram of the tests: npm `telegram-test-api`, an emulator written by others, behind the answers that today's
// Bot API gives and it does not. It keeps messages, presses and webhooks; private chats and texts alone. What it cannot
// do (files, groups, 409, 429) answers 404 here and is tested against a fake of ours.
//
// For tests, beside the emulator's own /sendMessage, /sendCallback and /getUpdatesHistory:
//   POST /peer/sent {token, count}   waits until the bot has sent so many messages; answers them
//
// Prints `ready ADDRESS`, and ends when standard input ends.
// usage: node server.mjs NODE_MODULES
import { createServer } from "node:http";
import { createRequire } from "node:module";

// The emulator forgets what is older, in seconds; longer than the tests take.
const KEPT_SECONDS = 3600;

const require = createRequire(`${process.argv[2]}/`);
const express = require("express");
const axios = require("axios");
const Emulator = require("telegram-test-api");

const emulator = new Emulator({ host: "127.0.0.1", storeTimeout: KEPT_SECONDS });
emulator.started = true;

const seconds = () => Math.floor(Date.now() / 1000);
const me = (token) => ({ id: Number(token.split(":")[0]), is_bot: true, first_name: "Helper", username: "helper_bot" });
const ok = (response, result = true) => response.json({ ok: true, result });
const message = (token, body, id) => ({
  message_id: id, date: seconds(), from: me(token), chat: { id: body.chat_id, type: "private", first_name: "Ann" },
  text: body.text, entities: body.entities, reply_markup: body.reply_markup,
});

// Telegram says of which chat a press is.
const format = Emulator.formatUpdate;
Emulator.formatUpdate = (update) => {
  const told = format(update);
  if (told.callback_query) told.callback_query.chat_instance = "1";
  return told;
};

// The fields of a form, in which the client sends some methods; no files.
const form = express.text({ type: "multipart/form-data", limit: "1mb" });
const fields = (body) => {
  const parts = [...body.matchAll(/name="([^"]+)"\r\n(?:[^\r\n]+\r\n)*\r\n([^\r]*)/g)];
  return Object.fromEntries(parts.map(([, name, value]) => [name, value]));
};

const methods = {
  getme: (token) => ({
    ...me(token), can_join_groups: true, can_read_all_group_messages: true, supports_inline_queries: false,
    can_connect_to_business: false, has_main_web_app: false,
  }),
  setwebhook: (token, asked) => {
    emulator.setWebhook(asked, token);
    return true;
  },
  deletewebhook: (token) => {
    emulator.deleteWebhook(token);
    return true;
  },
  getwebhookinfo: (token) => ({
    url: emulator.webhooks[token]?.url ?? "", has_custom_certificate: false, pending_update_count: 0,
  }),
  getupdates: async (token, asked) => {
    const first = emulator.getUpdates(token);
    if (first.length || !asked.timeout) return first;
    const patience = new Promise((resolve) => setTimeout(resolve, asked.timeout * 1000).unref());
    await Promise.race([emulator.waitUserMessage(), patience]);
    return emulator.getUpdates(token);
  },
  editmessagetext: (token, asked) => {
    emulator.editMessageText(asked);
    return { ...message(token, asked, asked.message_id), edit_date: seconds() };
  },
  deletemessage: (_, asked) => emulator.deleteMessage(asked.chat_id, asked.message_id),
  answercallbackquery: () => true,
  sendchataction: () => true,
};

// Telegram shows the secret of the webhook with each call.
axios.interceptors.request.use((call) => {
  const hook = Object.values(emulator.webhooks).find((hook) => hook.url === call.url);
  if (hook?.secret_token) call.headers["X-Telegram-Bot-Api-Secret-Token"] = hook.secret_token;
  return call;
});

const app = express();
app.post("/peer/sent", express.json(), async (request, response) => {
  const { token, count } = request.body;
  const sent = () => emulator.storage.botMessages.filter((one) => one.botToken === token);
  while (sent().length < count) await emulator.waitBotMessage();
  ok(response, sent());
});
app.post("/bot:token/:method", express.json(), form, async (request, response) => {
  const { token, method } = request.params;
  const name = method.toLowerCase();
  const asked = typeof request.body === "string" ? fields(request.body) : request.body;
  if (name === "sendmessage") {
    // The emulator keeps it under its number; what it answers is not what Telegram does.
    const kept = emulator.addBotMessage(asked, token);
    return ok(response, message(token, asked, kept.message_id));
  }
  if (name in methods) return ok(response, await methods[name](token, asked));
  response.status(404).json({ ok: false, error_code: 404, description: "Not Found: the emulator has no such method" });
});
app.use(emulator.webServer);

const server = createServer(app);
server.listen(0, "127.0.0.1", () => console.log(`ready http://127.0.0.1:${server.address().port}`));
process.stdin.on("end", () => process.exit()).resume();
