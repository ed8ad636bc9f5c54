// The widget on other people's pages: the story, and pages that forbid, refuse, and break things.
import assert from "node:assert/strict";
import { join } from "node:path";
import { desktop, open } from "./browser.mjs";
import { answered, ask, byId, leave, logIn, messages, say } from "./parts.mjs";
import { out } from "./pictures.mjs";

const tag = ({ service }, attributes = "") =>
  `<script src="${service.origin}/widget.js" ${attributes} async></script>`;

// A window on a page with the widget.
export async function atShop(world, { page = {}, attributes, ...view } = {}) {
  const { browser, host, problems } = world;
  const path = host.page({ script: tag(world, attributes), ...page });
  const { origin = host.origin, viewport = desktop, language = "zh", theme = "light" } = view;
  const { before, noise } = view;
  return open(browser, origin + path, {
    viewport,
    language,
    theme,
    problems: noise ?? problems,
    before,
  });
}

export async function openPanel(page) {
  await byId(page, "widget-launcher").click();
  await byId(page, "composer").waitFor();
}

const badge = (page, text) => byId(page, "widget-badge").filter({ hasText: text }).waitFor();
const said = (page, text) => messages(page, "visitor").filter({ hasText: text });
const state = (page, text, wanted) => said(page, text).and(page.locator(`[data-state=${wanted}]`));

// The same state in both themes: the page around says which.
export async function shot(page, name) {
  for (const theme of ["light", "dark"]) {
    await page.evaluate((now) => (document.documentElement.dataset.theme = now), theme);
    await page.locator(`.kefu[data-theme=${theme}]`).waitFor({ state: "attached" });
    const path = join(out, `widget-${name}-${theme}.png`);
    await page.screenshot({ path, animations: "disabled" });
  }
  await page.evaluate(() => delete document.documentElement.dataset.theme);
}

const words = {
  zh: { ask: "我要退货", answer: /退货/, human: "转人工", hello: "您好，我是客服", thanks: "谢谢" },
  en: { ask: "where is my order", answer: /order/i, human: "talk to a human", hello: "Hello, this is support", thanks: "thank you" },
};

// Counts the notes that any frame of the page plays.
const listening = () => {
  const { start } = OscillatorNode.prototype;
  OscillatorNode.prototype.start = function (...given) {
    window.top.notes = (window.top.notes ?? 0) + 1;
    return start.apply(this, given);
  };
};
const notes = (page) => page.evaluate(() => window.notes ?? 0);

// The agent sees on which page of the shop the visitor is, also after one that came without a reload.
async function seesThePages(agent, page) {
  const seen = (title) => byId(agent, "trail-page").filter({ hasText: title });
  await seen("Shop").first().waitFor();
  await page.evaluate(() => {
    history.pushState({}, "", "?tea");
    document.title = "Mountain tea";
  });
  await seen("Mountain tea").waitFor();
}

async function withAHuman(world, page, w, language) {
  await say(page, w.human);
  await byId(page, "queue-banner").waitFor();
  const agent = await logIn(world, { language });
  await byId(agent, "status-select").selectOption("free");
  await byId(page, "serving-banner").waitFor();
  await byId(agent, "conv-row").filter({ hasText: /转接|connecting you/ }).first().click();
  await seesThePages(agent, page);
  const answer = async (text) => {
    await byId(agent, "agent-composer").fill(text);
    await byId(agent, "agent-send").click();
  };
  await answer(w.hello);
  await answered(page, "agent", w.hello);
  assert.equal(await notes(page), 0, "who looks needs no sound");
  await say(page, w.thanks);
  await state(page, w.thanks, "read").waitFor();
  await byId(page, "widget-close").click();
  await byId(page, "widget-panel").waitFor({ state: "detached" });
  await answer(w.hello);
  await answer(w.thanks);
  await badge(page, /^2$/);
  await shot(page, `3-unread-${language}`);
  assert.ok((await notes(page)) > 0, "who does not look hears it");
  await openPanel(page);
  await byId(page, "widget-badge").waitFor({ state: "detached" });
  await byId(agent, "action-end").click();
  await byId(agent, "action-finish").click();
  await byId(agent, "action-finish").waitFor({ state: "detached" });
  await byId(page, "closed-hint").waitFor();
  await leave(agent);
}

async function play(world, language) {
  const w = words[language];
  const page = await atShop(world, { language, before: listening });
  await byId(page, "widget-launcher").waitFor();
  await shot(page, `1-closed-${language}`);
  const session = await page.evaluate(() => localStorage.getItem("kefu.visitor"));
  assert.equal(session, null, "who does not open it is no visitor");
  await openPanel(page);
  await byId(page, "quick-question").first().waitFor();
  await page.locator("[data-testid=connection][data-state=open]").waitFor();
  await shot(page, `2-welcome-${language}`);
  await say(page, w.ask);
  await messages(page, "bot").filter({ hasText: w.answer }).first().waitFor();
  await state(page, w.ask, "read").waitFor();
  await byId(page, "reply-button").first().waitFor();
  await shot(page, `2-bot-${language}`);
  await withAHuman(world, page, w, language);

  // A reload shows the same conversation, open as it was.
  const told = await messages(page, "agent").count();
  await page.reload();
  await messages(page, "agent").nth(told - 1).waitFor();
  assert.equal(await messages(page, "visitor").count(), 3, "what was said is there once");
  assert.deepEqual(await page.context().cookies(), [], "nobody needs a cookie");
  await leave(page);
}

export default {
  "the widget in Chinese": (world) => play(world, "zh"),
  "the widget in English": (world) => play(world, "en"),

  async "the widget outlives the death of the service's roles"(world) {
    // The line is broken on purpose; the browser reports that as errors of its own.
    const page = await atShop(world, { noise: [] });
    await openPanel(page);
    await ask(page, "我要退货");
    const all = ["一", "二", "三", "四"].map((number) => `第${number}个订单到哪了`);
    for (const [index, text] of all.entries()) {
      if (index === 1) world.service.kill("edge");
      if (index === 2) world.service.kill("chat");
      await say(page, text);
    }
    for (const text of all) await state(page, text, "sending").waitFor({ state: "detached" });
    await page.reload();
    await messages(page, "visitor").nth(all.length).waitFor();
    for (const text of all) assert.equal(await said(page, text).count(), 1, `${text}, once`);
    const order = await messages(page, "visitor").allInnerTexts();
    const place = (text) => order.findIndex((each) => each.includes(text));
    assert.deepEqual(all.map(place), [1, 2, 3, 4], "in their order");
    await leave(page);
  },

  async "the widget works where storage is denied"(world) {
    const denied = () => {
      for (const name of ["localStorage", "sessionStorage"]) {
        Object.defineProperty(window, name, {
          get() {
            throw new DOMException("denied", "SecurityError");
          },
        });
      }
    };
    const page = await atShop(world, { before: denied });
    await openPanel(page);
    await say(page, "我要退货");
    await messages(page, "bot").first().waitFor();
    await leave(page);
  },

  async "the widget follows the page's theme and language"(world) {
    const page = await atShop(world, { theme: "dark", language: "en" });
    const theme = () => page.locator(".kefu").first().getAttribute("data-theme");
    await byId(page, "widget-launcher").waitFor();
    assert.equal(await theme(), "dark", "what the system says");
    await page.evaluate(() => (document.documentElement.dataset.theme = "light"));
    await page.locator(".kefu[data-theme=light]").waitFor({ state: "attached" });
    await openPanel(page);
    const widget = page.locator("kefu-widget");
    await widget.evaluate((element) => {
      element.dataset.theme = "dark";
      element.dataset.language = "zh";
    });
    await page.locator(".kefu[data-theme=dark][lang=zh-CN]").waitFor({ state: "attached" });
    await leave(page);
  },
};
