// Compares what our connector asked of our fake of Discord, in all tests, with Discord's own description of its interface:
// npm `discord-api-spec` is made of it by others. Prints `N passed, M failed` last, by request.
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
const requests = [
  [/^POST channels\/\d+\/messages$/, () => spec.MessageCreateRequestSchema],
  [/^PATCH channels\/\d+\/messages\/\d+$/, () => spec.MessageEditRequestPartialSchema],
  [/^PUT applications\/\d+\/commands$/, () => z.array(spec.ApplicationCommandUpdateRequestSchema)],
  [/^PUT applications\/\d+\/guilds\/\d+\/commands$/, () => z.array(spec.ApplicationCommandUpdateRequestSchema)],
  [/^POST interactions\/\d+\/[^/]+\/callback$/, (body) => callbacks[body.type]],
  [/^PATCH webhooks\/\d+\/[^/]+\/messages\/@original$/, () => spec.IncomingWebhookUpdateRequestPartialSchema],
  [/^PATCH webhooks\/\d+\/[^/]+\/messages\/\d+$/, () => spec.IncomingWebhookUpdateRequestPartialSchema],
  [/^POST webhooks\/\d+\/[^/]+$/, () => spec.IncomingWebhookRequestPartialSchema],
];

const lines = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), "utf8").trim().split("\n"));
const seen = new Map();
let failed = 0;
for (const line of lines) {
  const { what, body } = JSON.parse(line);
  const known = requests.find(([path]) => path.test(what));
  const schema = known?.[1](body);
  const result = schema?.safeParse(body);
  if (result?.success) {
    seen.set(known[0].source, (seen.get(known[0].source) ?? 0) + 1);
    continue;
  }
  failed += 1;
  const why = result?.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`) ?? ["no description"];
  console.log(`${what} ... FAILED: ${why.join("; ")}\n  ${JSON.stringify(body)}`);
}
// A kind of request that no test makes any more is no longer compared.
for (const [path] of requests.filter(([path]) => !seen.has(path.source))) {
  failed += 1;
  console.log(`${path.source} ... FAILED: no test asks this`);
}
const passed = [...seen.values()].reduce((sum, count) => sum + count, 0);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
