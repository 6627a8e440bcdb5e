// What nlp.js would say to the same questions, by its own decision: an answer unless it finds no intent.
//
//     node nlpjs.js DIR K OUT
//
// DIR, K and OUT as in peers.py.

import { mkdirSync, readdirSync, readFileSync, writeFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import nlp from "node-nlp";

const [data, budget, out] = process.argv.slice(2);

const lines = (path) =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line.trim())
    .map((line) => JSON.parse(line));

const KNOWN = ["en", "es", "de", "fr", "it", "pt", "ru", "nl"];

mkdirSync(join(out, "nlpjs"), { recursive: true });
for (const set of readdirSync(data).sort()) {
  if (!existsSync(join(data, set, "queries.jsonl"))) continue;
  const entries = lines(join(data, set, "entries.jsonl"));
  const language = KNOWN.includes(entries[0].lang) ? entries[0].lang : "en";
  const manager = new nlp.NlpManager({ languages: [language], nlu: { log: false }, autoSave: false, forceNER: false });
  for (const entry of entries) {
    for (const text of [entry.question, ...(entry.variants ?? []).slice(0, Number(budget) - 1)]) {
      manager.addDocument(language, text, entry.id);
    }
  }
  await manager.train();
  const rows = [];
  for (const [query_index, query] of lines(join(data, set, "queries.jsonl")).entries()) {
    const started = process.hrtime.bigint();
    const said = await manager.process(language, query.text);
    const micros = Number((process.hrtime.bigint() - started) / 1000n);
    const best = said.classifications?.find((one) => one.intent !== "None");
    const answered = said.intent !== "None";
    rows.push(JSON.stringify({ query_index, id: best?.intent ?? null, score: best?.score ?? 0, answered, micros }));
  }
  writeFileSync(join(out, "nlpjs", `${set}.jsonl`), rows.join("\n") + "\n");
}
