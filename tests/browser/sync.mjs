// Devices in step: ticks, quotes and recalls by keyboard, and one count of unread in every tab.
import assert from "node:assert/strict";
import { answered, byId, leave, logIn, messages, say, visit } from "./parts.mjs";
import { pictures } from "./pictures.mjs";

const words = {
  zh: {
    human: "转人工",
    hello: "您好，请问有什么可以帮您？",
    secret: "我的卡号是 6222",
    reply: "就是这件事",
    more: ["还在吗", "请尽快"],
    gone: /撤回/,
  },
  en: {
    human: "talk to a human",
    hello: "Hello, how can I help?",
    secret: "my card number is 6222",
    reply: "that is what I mean",
    more: ["are you there", "please hurry"],
    gone: /recalled/,
  },
};

const own = (page, sender, text) => messages(page, sender).filter({ hasText: text }).last();

async function isRead(page, sender, text) {
  await page.waitForFunction(
    ([who, what]) => {
      const rows = [...document.querySelectorAll(`[data-testid=message][data-sender=${who}]`)];
      const row = rows.findLast((each) => each.textContent.includes(what));
      return row?.dataset.state === "read";
    },
    [sender, text],
  );
}

// Opens a message's menu and chooses, without a mouse.
async function choose(page, message, item) {
  await byId(message, "message-menu").focus();
  await page.keyboard.press("Enter");
  await byId(page, item).waitFor();
  await byId(page, item).focus();
  await page.keyboard.press("Enter");
  await byId(page, item).waitFor({ state: "detached" });
}

async function quotes(visitor, agent, w, shot) {
  await choose(visitor, own(visitor, "agent", w.hello), "quote");
  await byId(visitor, "quoting").waitFor();
  await shot(visitor, "sync-1-quoting");
  await byId(visitor, "composer").fill(w.reply);
  await byId(visitor, "composer").press("Enter");
  await answered(agent, "visitor", w.reply);
  for (const page of [visitor, agent]) {
    const quote = byId(own(page, "visitor", w.reply), "quoted");
    await quote.filter({ hasText: w.hello }).waitFor();
  }
  assert.equal(await byId(visitor, "quoting").count(), 0, "one quote is for one message");
}

async function takesBack(visitor, agent, w, shot) {
  await say(visitor, w.secret);
  await answered(agent, "visitor", w.secret);
  await isRead(visitor, "visitor", w.secret);
  await shot(agent, "sync-2-read");
  await choose(visitor, own(visitor, "visitor", w.secret), "recall");
  for (const page of [visitor, agent]) {
    await messages(page, "system").filter({ hasText: w.gone }).waitFor();
    const left = await page.locator("body").innerText();
    assert.ok(!left.includes(w.secret), "the words are nowhere on the page");
  }
  await shot(visitor, "sync-3-recalled");
  await shot(agent, "sync-4-recalled");
  await visitor.reload();
  await messages(visitor, "system").filter({ hasText: w.gone }).waitFor();
}

const badge = (page) => byId(page, "conv-row").first().locator("b");

// Two tabs of one agent: what is said while neither looks counts in both, and is read in both.
async function countsAlike(visitor, agent, w, shot) {
  const other = await agent.context().newPage();
  await other.goto(agent.url());
  await byId(agent, "nav-team").click();
  await byId(other, "nav-team").click();
  for (const text of w.more) await say(visitor, text);
  for (const page of [agent, other]) {
    await byId(page, "nav-inbox").click();
    await badge(page).filter({ hasText: /^2$/ }).waitFor();
  }
  await shot(other, "sync-5-unread");
  await byId(agent, "conv-row").first().click();
  await answered(agent, "visitor", w.more[1]);
  for (const page of [agent, other]) await badge(page).waitFor({ state: "detached" });
  await isRead(visitor, "visitor", w.more[1]);
  await other.close();
}

async function play(world, language) {
  const w = words[language];
  const shot = (page, name, options) => pictures(page, name, options);
  const agent = await logIn(world, { language });
  await byId(agent, "status-select").selectOption("free");
  const visitor = await visit(world, language);
  await say(visitor, w.human);
  await byId(agent, "conv-row").first().waitFor();
  await byId(agent, "conv-row").first().click();
  await byId(agent, "agent-composer").fill(w.hello);
  await byId(agent, "agent-send").click();
  await answered(visitor, "agent", w.hello);
  await isRead(agent, "agent", w.hello);
  await quotes(visitor, agent, w, shot);
  await takesBack(visitor, agent, w, shot);
  await countsAlike(visitor, agent, w, shot);
  await byId(agent, "action-end").click();
  await byId(agent, "action-finish").click();
  await byId(agent, "action-finish").waitFor({ state: "detached" });
  await leave(visitor, agent);
}

export default {
  "devices in step in Chinese": (world) => play(world, "zh"),
  "devices in step in English": (world) => play(world, "en"),
};
