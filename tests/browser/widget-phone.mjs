// The widget on a narrow phone, with a keyboard over half of it, and by keyboard alone.
import assert from "node:assert/strict";
import { byId, leave, messages, say } from "./parts.mjs";
import { atShop, openPanel, shot } from "./widget.mjs";

const narrow = { width: 360, height: 640 };

// What a phone says of the part of the window that its keyboard leaves free.
const withKeyboard = () => {
  if (window !== window.top) return;
  const seen = Object.assign(new EventTarget(), { offsetTop: 0, scale: 1 });
  let left;
  Object.defineProperty(seen, "height", { get: () => left ?? innerHeight });
  Object.defineProperty(window, "visualViewport", { value: seen });
  window.keyboard = (height, offsetTop) => {
    left = height;
    seen.offsetTop = offsetTop;
    seen.dispatchEvent(new Event("resize"));
  };
};

const focused = (page) =>
  page.evaluate(() => {
    const { shadowRoot } = document.querySelector("kefu-widget");
    const { activeElement } = shadowRoot;
    return activeElement?.dataset.testid ?? activeElement?.outerHTML;
  });

// Where it stands when it has arrived there.
async function box(page, id) {
  const node = byId(page, id);
  await node.evaluate((one) => Promise.all(one.getAnimations().map((each) => each.finished)));
  return node.boundingBox();
}

export default {
  async "the widget covers a narrow phone, and keeps above its keyboard"(world) {
    const page = await atShop(world, { viewport: narrow, before: withKeyboard });
    await openPanel(page);
    const panel = await box(page, "widget-panel");
    assert.deepEqual([panel.x, panel.y, panel.width, panel.height], [0, 0, 360, 640]);
    assert.equal(await byId(page, "widget-launcher").count(), 0, "nothing covers the composer");
    await shot(page, "5-phone-zh");
    await page.evaluate(() => window.keyboard(330, 40));
    await page.waitForFunction(() => {
      const { shadowRoot } = document.querySelector("kefu-widget");
      return shadowRoot.querySelector("[data-testid=widget-panel]").clientHeight === 330;
    });
    const composer = await box(page, "composer");
    assert.ok(composer.y + composer.height <= 370 && composer.y > 40, "the composer is in sight");
    await say(page, "我要退货");
    await messages(page, "bot").first().waitFor();
    await shot(page, "6-keyboard-zh");
    await page.evaluate(() => window.keyboard(640, 0));

    // Nothing is wider than the phone.
    const wide = await byId(page, "widget-panel").evaluate((node) =>
      [...node.querySelectorAll("*")].filter((each) => each.getBoundingClientRect().right > 360.5).map((each) => each.className),
    );
    assert.deepEqual(wide, []);
    // A reload shows the page that was asked for, not the conversation over it.
    await page.reload();
    await byId(page, "widget-launcher").waitFor();
    assert.equal(await byId(page, "widget-panel").count(), 0);
    await leave(page);
  },

  async "the widget by keyboard alone"(world) {
    const page = await atShop(world, { viewport: narrow });
    await byId(page, "widget-launcher").focus();
    await page.keyboard.press("Enter");
    await byId(page, "composer").waitFor();
    assert.equal(await byId(page, "widget-panel").getAttribute("aria-modal"), "true");
    while ((await focused(page)) !== "widget-panel") await page.waitForTimeout(20);
    while (await byId(page, "request-human").isDisabled()) await page.waitForTimeout(20);
    // Round and round, and never out of it.
    const stops = new Set();
    for (let press = 0; press < 30; press += 1) {
      await page.keyboard.press(press < 20 ? "Tab" : "Shift+Tab");
      stops.add(await focused(page));
    }
    assert.ok(stops.has("composer") && stops.size > 2, `${[...stops]}`);
    assert.ok(!stops.has(undefined), `${[...stops]}`);
    await page.keyboard.press("Escape");
    await byId(page, "widget-panel").waitFor({ state: "detached" });
    assert.equal(await focused(page), "widget-launcher", "back to where it came from");
    await leave(page);

    // On a desk the page is there as well, and Tab leads to it.
    const desk = await atShop(world);
    await openPanel(desk);
    await desk.waitForFunction(() => {
      const { shadowRoot } = document.querySelector("kefu-widget");
      return shadowRoot.activeElement?.dataset.testid === "composer";
    });
    assert.equal(await byId(desk, "widget-panel").getAttribute("aria-modal"), "false");
    await leave(desk);
  },

  async "Enter while composing does not send, in the widget"(world) {
    const page = await atShop(world);
    await openPanel(page);
    const composer = byId(page, "composer");
    await composer.fill("tui");
    await composer.evaluate((field) => {
      field.dispatchEvent(new CompositionEvent("compositionstart", { bubbles: true }));
      const enter = { key: "Enter", isComposing: true, keyCode: 229, bubbles: true, composed: true, cancelable: true };
      field.dispatchEvent(new KeyboardEvent("keydown", enter));
      const escape = { ...enter, key: "Escape" };
      field.dispatchEvent(new KeyboardEvent("keydown", escape));
    });
    await page.waitForTimeout(300);
    assert.equal(await messages(page, "visitor").count(), 0);
    assert.equal(await composer.inputValue(), "tui", "neither sent nor closed");
    await leave(page);
  },
};
