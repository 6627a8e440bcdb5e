// The whole product with a real browser: node tests/browser/run.mjs <switchboard binary>
//
// One program, one visitor, one member of staff; the tests tell one story in order, because that is what is promised:
// that it goes on. A test that fails does not stop the ones behind it. Screenshots lie in a folder that is printed.
import { createServer } from "node:http";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DESKTOP, PHONE, accessible, fits, holds, launch, person } from "./browser.mjs";
import { Program } from "./program.mjs";

/** Pages of the console that an owner can reach. */
const CONSOLE_PAGES = ["inbox", "knowledge", "plugins", "posts", "deliveries", "events", "search", "people", "places", "logins/web_chat", "settings", "audit"];

const binary = process.argv[2];
if (!binary) {
  console.error("error: no program named\n\nhint: node tests/browser/run.mjs target/debug/switchboard");
  process.exit(64);
}

const shots = await mkdtemp(join(tmpdir(), "switchboard-shots-"));
const program = await Program.start(resolve(binary));
const browser = await launch();
const visitor = await person(browser, program.url);
const staff = await person(browser, program.url);
const chat = visitor.page;
const desk = staff.page;
const tests = [];
let conversation = "";
const test = (name, run) => tests.push({ name, run });

const lines = (page) => page.locator("#log article");
const said = (page, text) => lines(page).filter({ hasText: text });

function check(holds, otherwise) {
  if (!holds) throw new Error(otherwise);
}

async function say(page, text) {
  await page.fill("#text", text);
  await page.press("#text", "Enter");
  await said(page, text).filter({ hasText: "✓" }).first().waitFor();
}

async function once(page, text) {
  await said(page, text).first().waitFor();
  const count = await said(page, text).count();
  check(count === 1, `"${text}" is shown ${count} times`);
}

/** The newest line from the other side that came behind `before` lines. */
async function answer(page, before) {
  await page.waitForFunction((n) => document.querySelectorAll("#log article:not(.you)").length > n, before);
  return page.locator("#log article:not(.you)").nth(before);
}

const answers = (page) => page.locator("#log article:not(.you)").count();

test("the empty chat greets, offers questions and stores nothing", async () => {
  await chat.goto(program.url);
  check((await chat.locator("#start button").count()) === 3, "there are not three questions");
  check((await chat.evaluate(() => localStorage.length + document.cookie.length)) === 0, "something is stored");
  await accessible(chat, "the empty chat");
  await chat.screenshot({ path: join(shots, "chat-empty.png") });
});

test("a question is answered with its source and three buttons", async () => {
  await chat.locator("#start button").first().click();
  const line = await answer(chat, 0);
  check((await line.locator("a").count()) > 0 || /source/i.test(await line.innerText()), "there is no source");
  for (const label of ["Helpful", "Not it", "A person, please"]) await line.getByRole("button", { name: label }).waitFor();
  await accessible(chat, "an answer");
  await chat.screenshot({ path: join(shots, "chat-answer.png") });
});

test("'not it' is taken seriously", async () => {
  const before = await answers(chat);
  await chat.getByRole("button", { name: "Not it" }).last().click();
  await answer(chat, before);
});

test("an unknown question gets an honest no", async () => {
  const before = await answers(chat);
  await say(chat, "Which colour do elephants dream in on Tuesdays?");
  await answer(chat, before);
  await chat.screenshot({ path: join(shots, "chat-unknown.png") });
});

test("the first owner makes an account with the link that the program prints", async () => {
  check(program.setup, "no link was printed");
  await desk.goto(program.setup);
  await accessible(desk, "the first page of the console");
  await desk.getByLabel(/your name/i).fill("Carol");
  await desk.getByLabel(/e-?mail/i).fill("carol@example.org");
  const passwords = desk.locator("input[type=password]");
  for (let n = 0; n < (await passwords.count()); n += 1) await passwords.nth(n).fill("correct horse battery");
  await desk.getByRole("button", { name: /account/i }).click();
  await desk.goto(`${program.url}/console/inbox`);
  await desk.getByRole("heading", { name: "Inbox" }).waitFor();
});

test("who asks for a person appears in the open inbox without a reload", async () => {
  await say(chat, "I want to talk to a human, please");
  await desk.getByRole("link", { name: /visitor/i }).first().waitFor();
  await desk.screenshot({ path: join(shots, "console-inbox.png") });
  for (const width of [DESKTOP.width, 1000, PHONE.width]) {
    await desk.setViewportSize({ ...DESKTOP, width });
    await holds(desk, ".row", `the inbox at ${width} px`);
  }
  await desk.setViewportSize(DESKTOP);
});

test("staff claim the conversation, and the visitor sees who answers", async () => {
  await desk.getByRole("link", { name: /visitor/i }).first().click();
  await desk.getByText("talk to a human").first().waitFor();
  conversation = desk.url();
  await desk.getByRole("button", { name: "Claim" }).click();
  await desk.getByLabel(/^reply to/i).fill("Hello, I am here. What can I do?");
  await desk.getByRole("button", { name: "Send reply" }).click();
  await once(chat, "Hello, I am here");
  await said(chat, "Hello, I am here").filter({ hasText: "Carol" }).waitFor();
  await accessible(desk, "the conversation page");
  await desk.screenshot({ path: join(shots, "console-conversation.png"), fullPage: true });
});

test("the bot is silent while a person holds the conversation", async () => {
  await say(chat, "What is Switchboard?");
  await desk.getByText("What is Switchboard?").last().waitFor();
  await desk.getByLabel(/^reply to/i).fill("That is what I help with.");
  await desk.getByRole("button", { name: "Send reply" }).click();
  await once(chat, "That is what I help with.");
  const last = lines(chat).nth(-2);
  check((await last.getAttribute("class")).includes("you"), "somebody answered in between");
});

test("a reload shows every message once", async () => {
  const before = await lines(chat).allInnerTexts();
  await chat.reload();
  await once(chat, "That is what I help with.");
  const after = await lines(chat).allInnerTexts();
  check(after.length === before.length, `${before.length} lines became ${after.length}`);
});

test("after a restart the open pages go on by themselves", async () => {
  await program.stop();
  await chat.fill("#text", "Are you still there?");
  await chat.press("#text", "Enter");
  await program.restart();
  await said(chat, "Are you still there?").filter({ hasText: "✓" }).waitFor();
  await desk.reload();
  await desk.getByText("Are you still there?").first().waitFor();
  await desk.getByLabel(/^reply to/i).fill("Yes, we are back.");
  await desk.getByRole("button", { name: "Send reply" }).click();
  await once(chat, "Yes, we are back.");
});

test("after a power cut nothing is lost and nothing is doubled", async () => {
  await say(chat, "One more thing before the lights go out");
  await program.kill();
  await program.restart();
  await chat.reload();
  await once(chat, "One more thing before the lights go out");
  await once(chat, "Yes, we are back.");
});

test("a picture is shown to the visitor and can be sent", async () => {
  const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==", "base64");
  await chat.setInputFiles("#file", { name: "dot.png", mimeType: "image/png", buffer: png });
  await chat.locator("#files li").waitFor();
  await say(chat, "Here is a picture");
  const image = said(chat, "Here is a picture").locator("img");
  await image.waitFor();
  check(await image.evaluate((node) => node.decode().then(() => node.naturalWidth === 1)), "the picture is broken");
});

test("files are dropped anywhere, and each that does not fit says why", async () => {
  const guest = await person(browser, program.url);
  const page = guest.page;
  await page.goto(program.url);
  await page.evaluate(() => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([new Uint8Array(11 << 20)], "film.bin"));
    dataTransfer.items.add(new File([], "nothing.txt"));
    dataTransfer.items.add(new File(["hello"], "note.txt"));
    for (const kind of ["dragover", "drop"]) {
      document.body.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
    }
  });
  await page.locator("#files li").filter({ hasText: "note.txt" }).waitFor();
  const hint = page.locator("#hint");
  await hint.filter({ hasText: "film.bin: That file is over 10 MB." }).filter({ hasText: "nothing.txt: It is empty." }).waitFor();
  check((await page.locator("#files li").count()) === 1, "a file that was refused is attached");
  await say(page, "Here is my note");
  await said(page, "Here is my note").getByRole("link", { name: /note\.txt/ }).waitFor();
  await accessible(page, "a file in a message");
  await guest.context.close();
});

test("an edit can be called off without a keyboard", async () => {
  const line = lines(chat).filter({ hasText: "Here is a picture" });
  await line.getByRole("button", { name: "Edit" }).click();
  check((await chat.inputValue("#text")) === "Here is a picture", "the old text is not there");
  await chat.locator("#hint").getByRole("button", { name: "Cancel" }).click();
  check((await chat.inputValue("#text")) === "", "the text stays");
});

test("a line of mostly Arabic runs from the right, whatever it begins with", async () => {
  await say(chat, "Switchboard يوصل كل سؤال إلى من يستطيع الإجابة");
  const bubble = said(chat, "يوصل كل").locator(".say");
  check((await bubble.getAttribute("dir")) === "rtl", "it runs from the left");
});

test("a planned post appears once, for everyone", async () => {
  await desk.goto(`${program.url}/console/posts/new`);
  await accessible(desk, "the page of a new post");
  const places = await desk.getByLabel("Place", { exact: true }).locator("option").allInnerTexts();
  const everyone = places.find((place) => /everyone/i.test(place));
  check(everyone, `no place for everyone among: ${places.join(", ")}`);
  await desk.getByLabel("Place", { exact: true }).selectOption({ label: everyone });
  await desk.getByLabel("Text, in markdown").fill("Tip of the day: ask in your own words.");
  // Posts are planned to the minute: the next one that is not about to begin.
  const due = new Date(Math.ceil((Date.now() + 5_000) / 60_000) * 60_000).toISOString();
  await desk.getByLabel("Date", { exact: true }).fill(due.slice(0, 10));
  await desk.getByLabel("Time", { exact: true }).fill(due.slice(11, 16));
  await desk.getByLabel("Zone", { exact: true }).fill("UTC");
  await desk.getByRole("button", { name: "Plan it" }).click();
  await said(chat, "Tip of the day").first().waitFor({ timeout: 90_000 });
  await chat.reload();
  await once(chat, "Tip of the day: ask in your own words.");
});

test("a hand back gives the pen to the bot again", async () => {
  await desk.goto(conversation);
  await desk.getByRole("button", { name: /hand back/i }).click();
  await desk.getByRole("button", { name: /hand back/i }).waitFor({ state: "detached" });
  const before = await answers(chat);
  await say(chat, "How do I install a plugin?");
  await (await answer(chat, before)).getByRole("button", { name: "Helpful" }).waitFor();
});

for (const path of CONSOLE_PAGES) {
  test(`the console page '${path}' is accessible and fits a phone`, async () => {
    await desk.setViewportSize(DESKTOP);
    const response = await desk.goto(`${program.url}/console/${path}`);
    check(response.status() === 200, `it answers ${response.status()}`);
    await accessible(desk, path);
    await desk.screenshot({ path: join(shots, `console-${path}-desktop.png`), fullPage: true });
    await desk.setViewportSize(PHONE);
    await fits(desk, path);
    await desk.screenshot({ path: join(shots, `console-${path}-phone.png`), fullPage: true });
    await desk.setViewportSize(DESKTOP);
  });
}

for (const [locale, scheme, direction] of [["en-GB", "dark", "ltr"], ["de-DE", "light", "ltr"], ["ar", "light", "rtl"], ["ar", "dark", "rtl"]]) {
  test(`the chat is accessible at 320 px in ${locale}, ${scheme}`, async () => {
    const options = { locale, colorScheme: scheme, viewport: { width: 320, height: 640 }, reducedMotion: "reduce" };
    const guest = await person(browser, program.url, options);
    await guest.page.goto(program.url);
    check((await guest.page.evaluate(() => document.documentElement.dir)) === direction, "the direction is wrong");
    await guest.page.locator("#start button").first().click();
    await answer(guest.page, 0);
    await accessible(guest.page, `the chat in ${locale}`);
    await fits(guest.page, `the chat in ${locale}`);
    await guest.page.screenshot({ path: join(shots, `chat-${locale}-${scheme}.png`) });
    check(guest.troubles.length === 0, guest.troubles.join("\n"));
    await guest.context.close();
  });
}

test("the keyboard alone is enough", async () => {
  const guest = await person(browser, program.url);
  await guest.page.goto(program.url);
  const focused = () => guest.page.evaluate(() => document.activeElement.id || document.activeElement.textContent);
  const order = [];
  for (let n = 0; n < 7; n += 1) {
    await guest.page.keyboard.press("Tab");
    order.push(await focused());
  }
  check(order[0] === "log" && order[4] === "text", `the focus goes ${order.join(" > ")}`);
  await guest.page.focus("#text");
  await guest.page.keyboard.type("What is Switchboard?");
  await guest.page.keyboard.press("Enter");
  await answer(guest.page, 0);
  await guest.context.close();
});

test("where the network has no sockets the chat works all the same", async () => {
  const guest = await person(browser, program.url);
  await guest.page.addInitScript(() => {
    window.WebSocket = class {
      constructor() {
        setTimeout(() => this.onclose?.(), 0);
      }
      close() {}
    };
  });
  await guest.page.goto(program.url);
  await guest.page.locator("#start button").first().click();
  await answer(guest.page, 0);
  await guest.context.close();
});

test("one line shows the chat within another page", async () => {
  const html = `<!doctype html><html lang="en"><title>Shop</title><h1>Shop</h1><script src="${program.url}/embed.js" async></script>`;
  const shop = createServer((_, response) => response.setHeader("content-type", "text/html").end(html));
  await new Promise((ready) => shop.listen(0, "127.0.0.1", ready));
  const guest = await person(browser, program.url);
  guest.troubles.length = 0;
  await guest.page.goto(`http://127.0.0.1:${shop.address().port}/`);
  await guest.page.getByRole("button", { name: "Open the chat" }).click();
  // Another port is another site, and no site was allowed: the browser must refuse to show it.
  await guest.page.locator("iframe").waitFor();
  check(guest.page.frames().length === 2, "there is no frame");
  check((await guest.page.frames()[1].locator("#text").count()) === 0, "a site that was not allowed shows the chat");
  await guest.context.close();
  shop.closeAllConnections();
  shop.close();
});

test("no script failed, no policy was broken, no third party was asked", async () => {
  const troubles = [...visitor.troubles, ...staff.troubles];
  check(troubles.length === 0, troubles.join("\n"));
});

let failed = 0;
for (const { name, run } of tests) {
  try {
    await run();
    console.log(`ok      ${name}`);
  } catch (error) {
    failed += 1;
    // The first lines say what was wrong; a browser's own log behind them says everything else.
    const told = String(error.message ?? error).split("\n").slice(0, 12);
    console.log(`FAILED  ${name}\n        ${told.join("\n        ")}`);
    for (const [who, page] of [["chat", chat], ["console", desk]]) {
      await page.screenshot({ path: join(shots, `failed-${failed}-${who}.png`) }).catch(() => {});
    }
  }
}
await browser.close();
await program.remove();
console.log(`screenshots: ${shots}`);
console.log(`${tests.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
