// The story that the product exists for, in two windows, in both languages: a visitor on a phone,
// an agent at a desk. Leaves pictures in tests/browser/out/. Ends with a line that counts.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { desktop, launch, open, phone } from "./browser.mjs";
import { startService } from "./service.mjs";

const out = join(import.meta.dirname, "out");
mkdirSync(out, { recursive: true });

const words = {
  zh: {
    ask: "我要退货",
    answered: /退/,
    nonsense: "qwjkl zxv 火星 哔哩吧啦",
    human: "转人工",
    hello: "您好，我是客服，请问有什么可以帮您？",
    thanks: "衣服尺码不合适",
  },
  en: {
    ask: "how do I return this?",
    answered: /return/i,
    nonsense: "florb wug zarquon 9981",
    human: "talk to a human",
    hello: "Hello, how can I help?",
    thanks: "The shirt is too small",
  },
};

const tests = [];
const test = (name, body) => tests.push({ name, body });
const byId = (page, id) => page.getByTestId(id);
const shot = (page, name) => page.screenshot({ path: join(out, `${name}.png`) });
const messages = (page, sender) => page.locator(`[data-testid=message][data-sender=${sender}]`);

async function say(page, text) {
  const composer = byId(page, "composer");
  await composer.fill(text);
  await composer.press("Enter");
}

async function answered(page, sender, text) {
  await messages(page, sender).filter({ hasText: text }).last().waitFor();
}

const password = "correct horse battery";

test("the first admin comes through the one-time link", async ({ browser, service, problems }) => {
  const view = { viewport: desktop, language: "zh", theme: "light", problems };
  const page = await open(browser, service.setup, view);
  await page.locator("input[name=login]").fill("admin");
  await page.locator("input[name=name]").fill("小林");
  await page.locator("input[name=password]").fill(password);
  await page.locator("input[name=confirm]").fill(password);
  await shot(page, "setup-1440-zh-light");
  await page.locator("button[type=submit]").click();
  await byId(page, "status-select").waitFor();
  await page.context().close();
  const again = await open(browser, service.setup, { ...view, problems: [] });
  await again.getByText("链接无效或已使用").waitFor();
  await again.context().close();
});

async function logIn(browser, service, language, theme, problems) {
  const agent = await open(browser, `${service.base}/agent?lang=${language}`, {
    viewport: desktop,
    language,
    theme,
    problems: [],
  });
  await agent.locator("input[name=login]").fill("admin");
  await agent.locator("input[name=password]").fill(password);
  await shot(agent, `login-1440-${language}-${theme}`);
  await agent.locator("button[type=submit]").click();
  await byId(agent, "status-select").waitFor();
  agent.on("pageerror", (error) => problems.push(error.message));
  return agent;
}

for (const [language, theme] of [["zh", "light"], ["en", "dark"]]) {
  const w = words[language];
  test(`the story in ${language}, ${theme}`, async ({ browser, service, problems }) => {
    const view = { viewport: phone, language, theme, problems };
    const visitor = await open(browser, `${service.base}/`, view);
    await byId(visitor, "composer").waitFor();
    // Chinese by default, English by the switch.
    if (language === "en") await byId(visitor, "lang-switch").click();
    await visitor.waitForFunction((l) => document.documentElement.lang.startsWith(l), language);
    await shot(visitor, `visitor-1-welcome-390-${language}-${theme}`);

    await say(visitor, w.ask);
    await answered(visitor, "bot", w.answered);
    await byId(visitor, "reply-button").first().waitFor();
    await shot(visitor, `visitor-2-answer-390-${language}-${theme}`);

    const replies = await messages(visitor, "bot").count();
    await say(visitor, w.nonsense);
    await messages(visitor, "bot").nth(replies).waitFor();
    await shot(visitor, `visitor-3-fallback-390-${language}-${theme}`);

    await say(visitor, w.human);
    await byId(visitor, "queue-banner").waitFor();
    await shot(visitor, `visitor-4-queue-390-${language}-${theme}`);

    const agent = await logIn(browser, service, language, theme, problems);
    const row = byId(agent, "conv-row").first();
    await row.click();
    await byId(agent, "trace").first().waitFor();
    await shot(agent, `agent-1-conversation-1440-${language}-${theme}`);
    await byId(agent, "agent-composer").fill(w.hello);
    await byId(agent, "agent-send").click();
    await answered(visitor, "agent", w.hello);
    await say(visitor, w.thanks);
    await answered(agent, "visitor", w.thanks);
    await shot(visitor, `visitor-5-serving-390-${language}-${theme}`);
    await shot(agent, `agent-2-talk-1440-${language}-${theme}`);

    await byId(agent, "action-return").click();
    const before = await messages(visitor, "bot").count();
    await say(visitor, w.ask);
    await messages(visitor, "bot").nth(before).waitFor();
    await say(visitor, w.human);
    await byId(agent, "action-end").waitFor();
    await byId(agent, "action-end").click();
    await byId(agent, "action-finish").click();
    await byId(agent, "conv-tab-closed").click();
    await shot(agent, `agent-3-closed-1440-${language}-${theme}`);
    await shot(visitor, `visitor-6-closed-390-${language}-${theme}`);

    // A reload shows the same conversation, message for message.
    const told = await visitor.locator("[data-testid=message]").allInnerTexts();
    await visitor.reload();
    await visitor.locator("[data-testid=message]").nth(told.length - 1).waitFor();
    assert.equal(await visitor.locator("[data-testid=message]").count(), told.length);

    await visitor.setViewportSize(desktop);
    await shot(visitor, `visitor-7-desktop-1440-${language}-${theme}`);
    await agent.setViewportSize(phone);
    await shot(agent, `agent-4-phone-390-${language}-${theme}`);
    await visitor.context().close();
    await agent.context().close();
  });
}

test("Enter while composing does not send", async ({ browser, service, problems }) => {
  const view = { viewport: phone, language: "zh", theme: "light", problems };
  const visitor = await open(browser, `${service.base}/`, view);
  const composer = byId(visitor, "composer");
  await composer.fill("tui");
  await composer.evaluate((field) => {
    field.dispatchEvent(new CompositionEvent("compositionstart", { bubbles: true }));
    const enter = { key: "Enter", isComposing: true, keyCode: 229, bubbles: true, cancelable: true };
    field.dispatchEvent(new KeyboardEvent("keydown", enter));
  });
  await visitor.waitForTimeout(300);
  assert.equal(await messages(visitor, "visitor").count(), 0);
  assert.equal(await composer.inputValue(), "tui");
  await composer.evaluate((field) =>
    field.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true, data: "退" })),
  );
  await composer.press("Enter");
  await messages(visitor, "visitor").first().waitFor();
  await visitor.context().close();
});

test("language and theme switch at once and stay", async ({ browser, service, problems }) => {
  const view = { viewport: phone, language: "zh", theme: "light", problems };
  const visitor = await open(browser, `${service.base}/`, view);
  const chinese = await visitor.locator("body").innerText();
  await byId(visitor, "lang-switch").click();
  await visitor.waitForFunction(() => document.documentElement.lang.startsWith("en"));
  assert.notEqual(await visitor.locator("body").innerText(), chinese);
  const theme = () => visitor.evaluate(() => document.documentElement.dataset.theme);
  assert.equal(await theme(), "light");
  await byId(visitor, "theme-switch").click();
  assert.equal(await theme(), "dark");
  await visitor.reload();
  await visitor.waitForFunction(() => document.documentElement.lang.startsWith("en"));
  assert.equal(await theme(), "dark");
  await visitor.context().close();
});

async function main() {
  const service = await startService();
  const browser = await launch();
  let failed = 0;
  try {
    for (const { name, body } of tests) {
      const problems = [];
      try {
        await body({ browser, service, problems });
        assert.deepEqual(problems, [], "the pages reported errors");
        console.log(`ok   ${name}`);
      } catch (error) {
        failed += 1;
        console.log(`FAIL ${name}\n${error.stack ?? error}`);
        for (const [at, page] of browser.contexts().flatMap((c) => c.pages()).entries()) {
          await page.screenshot({ path: join(out, `failed-${failed}-${at}.png`) }).catch(() => {});
          await page.context().close();
        }
      }
    }
  } finally {
    await browser.close();
    const code = await service.stop();
    if (code !== 0) {
      failed += 1;
      console.log(`FAIL the service ended with ${code}\n${service.log()}`);
    }
  }
  console.log(`${tests.length - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

await main();
