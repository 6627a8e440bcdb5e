// Compares what our connector asked of our fake of Discord, what the fake answered and what it told, in all tests, with
// Discord's own description of its interface: npm `discord-api-spec` is made of it by others. Prints `N passed, M failed`
// last, by request, answer and event.
//
// usage: node schemas.mjs NODE_MODULES FOLDER
import { readFileSync, readdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

const [modules, folder] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(join(modules, path)).href);
const spec = await load("discord-api-spec/build/discord-api-spec.zod.js");
const { z } = await load("zod/index.js");

// What an interaction is answered with, by its type.
const callbacks = {
  4: spec.CreateMessageInteractionCallbackRequestSchema,
  5: spec.CreateMessageInteractionCallbackRequestSchema,
  6: spec.UpdateMessageInteractionCallbackRequestSchema,
  7: spec.UpdateMessageInteractionCallbackRequestSchema,
  9: spec.ModalInteractionCallbackRequestSchema,
};
const until = spec.GuildMemberResponseSchema.def.shape.communication_disabled_until;
// By what is asked: what it may say. All else is asked without a word.
const requests = [
  [/^POST channels\/\d+\/messages$/, () => spec.MessageCreateRequestSchema],
  [/^PATCH channels\/\d+\/messages\/\d+$/, () => spec.MessageEditRequestPartialSchema],
  [/^PUT applications\/\d+\/commands$/, () => z.array(spec.ApplicationCommandUpdateRequestSchema)],
  [/^PUT applications\/\d+\/guilds\/\d+\/commands$/, () => z.array(spec.ApplicationCommandUpdateRequestSchema)],
  [/^POST interactions\/\d+\/[^/]+\/callback$/, (body) => callbacks[body.type]],
  [/^PATCH webhooks\/\d+\/[^/]+\/messages\/@original$/, () => spec.IncomingWebhookUpdateRequestPartialSchema],
  [/^PATCH webhooks\/\d+\/[^/]+\/messages\/\d+$/, () => spec.IncomingWebhookUpdateRequestPartialSchema],
  [/^POST webhooks\/\d+\/[^/]+$/, () => spec.IncomingWebhookRequestPartialSchema],
  [/^POST channels\/\d+\/messages\/\d+\/threads$/, () => spec.CreateTextThreadWithMessageRequestSchema],
  // It has no form of its own: what is changed of a member looks as it is told.
  [/^PATCH guilds\/\d+\/members\/\d+$/, () => z.strictObject({ communication_disabled_until: until })],
  [/^PUT guilds\/\d+\/bans\/\d+$/, () => spec.BanUserFromGuildRequestSchema],
];

const channel = z.union([spec.GuildChannelResponseSchema, spec.PrivateChannelResponseSchema, spec.ThreadResponseSchema]);
// By what is asked: what is answered; null is nothing, with 204.
const answers = [
  [/^GET users\/@me$/, spec.UserPIIResponseSchema],
  [/^GET users\/@me\/guilds$/, z.array(spec.MyGuildResponseSchema)],
  [/^GET oauth2\/applications\/@me$/, spec.PrivateApplicationResponseSchema],
  [/^GET gateway\/bot$/, spec.GatewayBotResponseSchema],
  [/^GET guilds\/\d+$/, spec.GuildWithCountsResponseSchema],
  [/^GET guilds\/\d+\/members\/\d+$/, spec.GuildMemberResponseSchema],
  [/^(GET|PUT) applications\/\d+\/(guilds\/\d+\/)?commands$/, z.array(spec.ApplicationCommandResponseSchema)],
  [/^GET channels\/\d+$/, channel],
  [/^GET channels\/\d+\/messages$/, z.array(spec.MessageResponseSchema)],
  [/^(POST|PATCH) channels\/\d+\/messages(\/\d+)?$/, spec.MessageResponseSchema],
  [/^POST channels\/\d+\/messages\/\d+\/threads$/, spec.ThreadResponseSchema],
  [/^POST webhooks\/\d+\/[^/]+$/, spec.MessageResponseSchema],
  [/^PATCH webhooks\/\d+\/[^/]+\/messages\/(@original|\d+)$/, spec.MessageResponseSchema],
  [/^DELETE (channels|webhooks)\/.*\/messages\/(@original|\d+)$/, z.null()],
  [/^(PUT|DELETE) channels\/\d+\/messages\/\d+\/reactions\/[^/]+\/@me$/, z.null()],
  [/^POST channels\/\d+\/typing$/, z.null()],
  [/^PATCH guilds\/\d+\/members\/\d+$/, z.null()],
  [/^DELETE guilds\/\d+\/members\/\d+$/, z.null()],
  [/^(PUT|DELETE) guilds\/\d+\/bans\/\d+$/, z.null()],
  [/^POST interactions\/\d+\/[^/]+\/callback$/, z.null()],
];

// By what the gateway tells: the objects in it that the description knows, each with its schema.
const message = (said) => [
  [spec.MessageResponseSchema, said],
  ...(said.member ? [[spec.GuildMemberResponseSchema, { user: said.author, ...said.member }]] : []),
];
const reaction = (given) => [
  [spec.MessageReactionEmojiResponseSchema, given.emoji],
  ...(given.member ? [[spec.GuildMemberResponseSchema, given.member]] : []),
];
const events = {
  READY: (ready) => [[spec.UserPIIResponseSchema, ready.user]],
  GUILD_CREATE: (guild) => [
    [spec.GuildResponseSchema, guild],
    ...guild.channels.map((known) => [spec.GuildChannelResponseSchema, { guild_id: guild.id, ...known }]),
    ...guild.threads.map((known) => [spec.ThreadResponseSchema, { guild_id: guild.id, ...known }]),
  ],
  GUILD_DELETE: () => [],
  GUILD_ROLE_UPDATE: ({ role }) => [[spec.GuildRoleResponseSchema, role]],
  CHANNEL_UPDATE: (changed) => [[channel, changed]],
  THREAD_CREATE: (made) => [[spec.ThreadResponseSchema, made]],
  THREAD_UPDATE: (changed) => [[spec.ThreadResponseSchema, changed]],
  MESSAGE_CREATE: message,
  MESSAGE_UPDATE: message,
  MESSAGE_REACTION_ADD: reaction,
  MESSAGE_REACTION_REMOVE: reaction,
  GUILD_MEMBER_ADD: (member) => [[spec.GuildMemberResponseSchema, member]],
  GUILD_MEMBER_REMOVE: ({ user }) => [[spec.UserResponseSchema, user]],
  INTERACTION_CREATE: (given) => [
    given.member ? [spec.GuildMemberResponseSchema, given.member] : [spec.UserResponseSchema, given.user],
    ...(given.message ? [[spec.MessageResponseSchema, given.message]] : []),
  ],
  // Nothing but ids; and what no Discord tells, so that something unknown comes.
  MESSAGE_DELETE: () => [],
  TYPING_START: () => [],
  SOMETHING_NEW: () => [],
};

// Discord writes the zone as +00:00, which this form of its description does not take for a time.
const inZulu = (name, value) => (typeof value === "string" ? value.replace(/(T[\d:.]+)\+00:00$/, "$1Z") : value);

const seen = new Map();
let failed = 0;
const fail = (what, why, value) => {
  failed += 1;
  console.log(`${what} ... FAILED: ${why}`);
  if (value !== undefined) console.log(`  ${JSON.stringify(value)}`);
};
const compare = (kind, what, schema, value) => {
  const result = schema?.safeParse(value);
  if (result?.success) {
    seen.set(kind, (seen.get(kind) ?? 0) + 1);
  } else {
    fail(what, result?.error.issues.map(explained).join("; ") ?? "no description", value);
  }
};
// Of several forms, the one that it comes closest to.
const explained = (issue) => {
  if (issue.code !== "invalid_union") return `${issue.path.join(".")}: ${issue.message}`;
  const closest = issue.errors.reduce((best, other) => (other.length < best.length ? other : best));
  return closest.map((inner) => explained({ ...inner, path: [...issue.path, ...inner.path] })).join("; ");
};

const asked = ({ what, body, status, answer }) => {
  if (body !== null) {
    const known = requests.find(([path]) => path.test(what));
    compare(`asks ${known?.[0].source}`, `${what} asks`, known?.[1](body), body);
  }
  // A network that was cut answers nothing, and Discord's faults have no form.
  if (status === null || status >= 500) return;
  const known = answers.find(([path]) => path.test(what));
  const refusal = status === 429 ? spec.RatelimitedResponseSchema : spec.ErrorResponseSchema;
  const kind = status < 300 ? `answers ${known?.[0].source}` : `refuses with ${status === 429 ? status : "4XX"}`;
  compare(kind, `${what} answers ${status}`, status < 300 ? known?.[1] : refusal, answer);
};
const told = ({ told: kind, data }) => {
  const parts = events[kind]?.(data);
  if (!parts) return fail(`${kind} is told`, "no description", data);
  seen.set(`tells ${kind}`, seen.get(`tells ${kind}`) ?? 0);
  parts.forEach(([schema, part]) => compare(`tells ${kind}`, `${kind} is told`, schema, part));
};

for (const name of readdirSync(folder)) {
  for (const text of readFileSync(join(folder, name), "utf8").trim().split("\n")) {
    const line = JSON.parse(text, inZulu);
    if (line.told) told(line);
    else asked(line);
  }
}
// What no test brings about any more is no longer compared.
const all = [
  ...requests.map(([path]) => `asks ${path.source}`),
  ...answers.map(([path]) => `answers ${path.source}`),
  ...Object.keys(events).map((kind) => `tells ${kind}`),
  "refuses with 4XX",
  "refuses with 429",
];
all.filter((kind) => !seen.has(kind)).forEach((kind) => fail(kind, "no test brings this about"));
const passed = [...seen.values()].reduce((sum, count) => sum + count, 0);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
