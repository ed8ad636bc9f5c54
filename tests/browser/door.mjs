// The first admin, and what every page must do whoever looks at it.
import assert from "node:assert/strict";
import { desktop, open } from "./browser.mjs";
import { byId, leave, messages, password, visit } from "./parts.mjs";
import { pictures } from "./pictures.mjs";

const both = { languages: ["zh", "en"] };

export const first = {
  async "the first admin comes through the one-time link"({ browser, service, problems }) {
    const view = { viewport: desktop, language: "zh", theme: "light", problems };
    const page = await open(browser, service.setup, view);
    await page.locator("input[name=login]").fill("admin");
    await page.locator("input[name=name]").fill("小林");
    await page.locator("input[name=password]").fill(password);
    await page.locator("input[name=confirm]").fill("another one");
    await page.locator("button[type=submit]").click();
    await page.locator("#confirm-note:not(:empty)").waitFor();
    await pictures(page, "setup", both);
    await page.locator("input[name=confirm]").fill(password);
    await page.locator("button[type=submit]").click();
    await byId(page, "status-select").waitFor();
    await pictures(page, "agent-0-empty", both);
    await leave(page);
    const again = await open(browser, service.setup, { ...view, problems: [] });
    await again.getByText("链接无效或已使用").waitFor();
    await pictures(again, "setup-used", both);
    await leave(again);
  },
};

export const always = {
  async "Enter while composing does not send"(world) {
    const visitor = await visit(world);
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
    await leave(visitor);
  },

  async "language and theme switch at once, stay, and reach the other tabs"(world) {
    const visitor = await visit(world);
    const second = await visitor.context().newPage();
    await second.goto(`${world.service.base}/`);
    const chinese = await visitor.locator("body").innerText();
    const english = (page) =>
      page.waitForFunction(() => document.documentElement.lang.startsWith("en"));
    await byId(visitor, "lang-switch").click();
    await english(visitor);
    await english(second);
    assert.notEqual(await visitor.locator("body").innerText(), chinese);
    const theme = (page) => page.evaluate(() => document.documentElement.dataset.theme);
    assert.equal(await theme(visitor), "light");
    await byId(visitor, "theme-switch").click();
    assert.equal(await theme(visitor), "dark");
    await second.waitForFunction(() => document.documentElement.dataset.theme === "dark");
    await visitor.reload();
    await english(visitor);
    assert.equal(await theme(visitor), "dark");
    await leave(visitor);
  },
};
