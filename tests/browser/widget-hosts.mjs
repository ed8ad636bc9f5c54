// Hosts that forbid, refuse and break things: the widget works, or is not there at all.
import assert from "node:assert/strict";
import { findings } from "./axe.mjs";
import { answered, byId, leave, messages, say } from "./parts.mjs";
import { atShop, openPanel } from "./widget.mjs";

const socket = (origin) => origin.replace("http", "ws");

// Exactly what docs/widget.md says, and nothing beside it but the page's own icon.
const strict = ({ origin }) =>
  `default-src 'none'; img-src data:; script-src ${origin}; connect-src ${origin} ${socket(origin)}; ` +
  "require-trusted-types-for 'script'; trusted-types kefu-widget svelte-trusted-html";
const byNonce = ({ origin }) =>
  `default-src 'none'; img-src data:; script-src 'nonce-abc123'; connect-src ${origin} ${socket(origin)}`;
const frames = ({ origin }) => `default-src 'none'; script-src ${origin}; frame-src ${origin}`;

async function talks(page, question = "我要退货") {
  await say(page, question);
  await messages(page, "bot").first().waitFor();
}

// A page that has done to its globals and styles whatever pages do.
const hostile = () => {
  if (window !== window.top) return;
  // The frames' own globals are not the page's, so only these are broken.
  Object.prototype.polluted = "yes";
  Object.prototype.capture = true;
  Array.prototype.extra = () => "extra";
  for (const name of ["map", "filter", "forEach", "push", "includes", "find", "at"]) {
    Array.prototype[name] = () => {
      throw new Error(`the page's ${name}`);
    };
  }
  String.prototype.trim = () => "broken";
  Promise.prototype.then = () => {
    throw new Error("the page's then");
  };
  for (const name of ["fetch", "WebSocket", "Map", "Set", "URL", "Intl", "AbortController", "TextDecoder"]) {
    window[name] = undefined;
  }
  JSON.parse = JSON.stringify = () => "broken";
  customElements.define(
    "kefu-widget",
    class extends HTMLElement {
      connectedCallback() {
        throw new Error("the page's own element of that name");
      }
    },
  );
};

const resets = `<style>
  * { all: unset !important; display: none !important; color: red !important; }
  :not(html) { transform: rotate(3deg) !important; position: static !important; z-index: -1 !important; }
  html { font-size: 40px !important; } html, body { display: block !important; }
  :root { --accent: red; --own: red; --ink: red; --t-base: 60px; }
</style>`;

// Where the button is and what its middle looks like: seen from outside, since programs of the test in
// such a page would break like any other.
async function looks(page) {
  const { x, y, width, height } = await byId(page, "widget-launcher").boundingBox();
  const clip = { x: x + width / 4, y: y + height / 4, width: width / 2, height: height / 2 };
  return { x, y, width, height, middle: (await page.screenshot({ clip })).toString("base64") };
}

// Loads the widget into a page; what its console then says.
async function warning({ service }, page, attributes) {
  const said = page.waitForEvent("console", (message) => message.type() === "warning");
  await page.evaluate(
    ([src, dataset]) => {
      const tag = document.createElement("script");
      Object.assign(tag.dataset, dataset);
      tag.src = src;
      document.body.append(tag);
    },
    [`${service.origin}/widget.js`, attributes],
  );
  return (await said).text();
}

export default {
  async "the widget on a page with a strict policy"(world) {
    const named = await atShop(world, {
      page: { policy: byNonce(world.service) },
      attributes: 'nonce="abc123"',
    });
    await openPanel(named);
    await leave(named);
    const page = await atShop(world, { page: { policy: strict(world.service) } });
    await openPanel(page);
    await talks(page);
    // The panel looks as it should: its sheet is no inline style.
    const { position } = await byId(page, "widget-panel").evaluate((node) => getComputedStyle(node));
    assert.equal(position, "fixed");
    await leave(page);
  },

  async "the widget where the page lets it ask for nothing, in a frame"(world) {
    // The browser reports what it forbids; the widget makes do with what is left.
    const page = await atShop(world, { page: { policy: frames(world.service) }, noise: [] });
    await byId(page, "widget-launcher").click();
    const inside = page.frameLocator(".inside");
    await byId(inside, "composer").fill("我要退货");
    await byId(inside, "composer").press("Enter");
    await messages(inside, "bot").first().waitFor();
    await byId(inside, "composer").press("Escape");
    await page.waitForFunction(() => {
      const { shadowRoot } = document.querySelector("kefu-widget");
      return shadowRoot.activeElement?.dataset.testid === "widget-launcher";
    });
    assert.equal(await byId(page, "widget-panel").isVisible(), false);
    await leave(page);
  },

  async "the widget in a frame because the page says so"(world) {
    const page = await atShop(world, { attributes: 'data-mode="frame"', language: "en", theme: "dark" });
    await byId(page, "widget-launcher").click();
    const inside = page.frameLocator(".inside");
    await byId(inside, "composer").waitFor();
    const { lang, dataset } = await inside.locator("html").evaluate(({ lang, dataset }) => ({ lang, dataset: { ...dataset } }));
    assert.deepEqual([lang, dataset.theme], ["en-GB", "dark"]);
    await byId(inside, "widget-close").click();
    await byId(page, "widget-panel").waitFor({ state: "hidden" });
    await leave(page);
  },

  async "the widget on a page that breaks everything"(world) {
    const plain = await atShop(world);
    await byId(plain, "widget-launcher").waitFor();
    const wanted = await looks(plain);
    await leave(plain);

    const page = await atShop(world, { page: { head: resets }, before: hostile, noise: [] });
    await byId(page, "widget-launcher").waitFor();
    assert.deepEqual(await looks(page), wanted, "it looks the same");
    await openPanel(page);
    await talks(page);
    await answered(page, "bot", /退货/);
    const { height } = await byId(page, "composer").boundingBox();
    assert.ok(height < 60, `the page's font size is the page's: ${height}`);
    await leave(page);
  },

  async "the widget leaves the page as it was"(world) {
    const names = (page) => page.evaluate(() => Object.getOwnPropertyNames(window).sort());
    const bare = await atShop(world, { page: { script: "" } });
    const before = await names(bare);
    await leave(bare);

    const watch = () => {
      if (window !== window.top) return;
      window.shifts = [];
      const ofThePage = ({ sources }) => sources.some(({ node }) => node && document.body.contains(node));
      new PerformanceObserver((list) => {
        window.shifts.push(...list.getEntries().filter(ofThePage));
      }).observe({ type: "layout-shift", buffered: true });
      document.addEventListener("keydown", () => (window.heard = true));
    };
    // Two tags are one widget.
    const one = `<script src="${world.service.origin}/widget.js"></script>`;
    const page = await atShop(world, { page: { script: one + one }, before: watch });
    await openPanel(page);
    await talks(page);
    assert.equal(await page.locator("kefu-widget").count(), 1);
    const after = (await names(page)).filter((name) => !["shifts", "heard"].includes(name));
    assert.deepEqual(after, before, "no name of the page is taken");
    assert.equal(await page.evaluate(() => window.shifts.length), 0, "nothing moves");
    assert.equal(await page.evaluate(() => window.heard), undefined, "no key is heard outside");
    assert.equal(await page.evaluate(() => document.documentElement.lang), "zh-CN");

    // A page that moves it, or puts another body in its place, keeps it.
    await page.evaluate(() => {
      document.body.replaceWith(document.createElement("body"));
      document.body.append(document.querySelector("kefu-widget"));
    });
    await messages(page, "visitor").first().waitFor();
    await leave(page);
  },

  async "a page that is not named gets no widget, and is told why"(world) {
    const { stranger: origin } = world.host;
    const page = await atShop(world, { origin, noise: [], page: { script: "" } });
    const told = await warning(world, page, {});
    assert.match(told, /edge\.widget_origins/);
    assert.ok(told.includes(origin), told);
    assert.equal(await byId(page, "widget-launcher").count(), 0);
    await leave(page);
  },

  async "a page that means another tenant gets no widget"(world) {
    const page = await atShop(world, { page: { script: "" } });
    const told = await warning(world, page, { tenant: "someone-else" });
    assert.match(told, /someone-else/);
    assert.equal(await byId(page, "widget-launcher").count(), 0);
    await leave(page);
  },

  async "axe finds nothing in the widget"(world) {
    for (const [theme, language] of [["light", "zh"], ["dark", "en"]]) {
      const page = await atShop(world, { theme, language, page: { language } });
      await byId(page, "widget-launcher").waitFor();
      assert.deepEqual(await findings(page), [], "closed");
      await openPanel(page);
      await talks(page, language === "zh" ? "我要退货" : "where is my order");
      await byId(page, "message-menu").first().focus();
      await page.keyboard.press("Enter");
      await byId(page, "quote").waitFor();
      assert.deepEqual(await findings(page), [], "open, with a menu");
      await leave(page);
    }
  },
};
