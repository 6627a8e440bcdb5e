// One headless Chromium, with what every test asks of a page.
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { chromium } from "playwright-core";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const PHONE = { width: 360, height: 740 };
export const DESKTOP = { width: 1280, height: 800 };

/** Debian's own build, or the one that is named. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync",
    ],
  });
}

/** A person with a browser of their own. Their page may speak to our program alone, and may not fail quietly. */
export async function person(browser, origin, options = {}) {
  const context = await browser.newContext({ viewport: DESKTOP, locale: "en-GB", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const troubles = [];
  page.on("pageerror", (error) => troubles.push(`script: ${error.message}`));
  page.on("request", (request) => {
    const url = request.url();
    if (/^(https?|wss?):/.test(url) && new URL(url).host !== new URL(origin).host) troubles.push(`third party: ${url}`);
  });
  page.on("console", (message) => {
    if (/Content Security Policy/.test(message.text())) troubles.push(message.text());
  });
  return { context, page, troubles };
}

/** Everything that WCAG 2.2 AA asks and a program can see. Runs outside of the page's own policy. */
export async function accessible(page, where) {
  await page.evaluate(axe);
  // A line that is still fading in has less contrast than it will have.
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished)));
  const { violations } = await page.evaluate(() =>
    window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
  );
  if (violations.length > 0) {
    const told = violations.map((v) => `${v.id}: ${v.help}\n    ${v.nodes.map((n) => n.html).slice(0, 3).join("\n    ")}`);
    throw new Error(`${where} is not accessible:\n  ${told.join("\n  ")}`);
  }
}

/** Nothing sticks out to the side, at the width the page has now. */
export async function fits(page, where) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (over > 0) throw new Error(`${where} is ${over} px wider than its window`);
}

/** Each part of each row of a list lies within its row, and shows all it says. */
export async function holds(page, rows, where) {
  const over = await page.evaluate((rows) => {
    const out = (row) => (cell) =>
      cell.scrollWidth > cell.clientWidth || cell.getBoundingClientRect().right > row.getBoundingClientRect().right;
    const cells = [...document.querySelectorAll(rows)].flatMap((row) => [...row.children].filter(out(row)));
    return cells.map((cell) => cell.textContent.trim());
  }, rows);
  if (over.length > 0) throw new Error(`${where} has rows that do not hold "${over.join('", "')}"`);
}
