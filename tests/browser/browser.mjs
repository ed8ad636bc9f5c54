// Debian's Chromium, driven by playwright-core; no browser is downloaded.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const require = createRequire(resolve(import.meta.dirname, "../../web/package.json"));
const { chromium } = require("playwright-core");

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export async function launch() {
  const executablePath = process.env.CHROMIUM ?? places.find((path) => existsSync(path));
  if (!executablePath) {
    throw new Error("no Chromium found: apt-get install chromium, or set CHROMIUM to its path");
  }
  return chromium.launch({
    executablePath,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

export const phone = { width: 390, height: 844 };
export const desktop = { width: 1440, height: 900 };

// A window of its own: own storage, own language and theme. Any error in the page fails the test.
export async function open(browser, url, { viewport, language, theme, problems, before }) {
  const context = await browser.newContext({
    viewport,
    locale: language === "en" ? "en-US" : "zh-CN",
    colorScheme: theme,
    hasTouch: viewport.width < 600,
    isMobile: viewport.width < 600,
    deviceScaleFactor: viewport.width < 600 ? 2 : 1,
  });
  // In every frame, before its own scripts.
  if (before) await context.addInitScript(before);
  const page = await context.newPage();
  // A busy machine is slow, not wrong.
  // Longer than the longest wait that the product allows itself: a publication, 120 s.
  page.setDefaultTimeout(Number(process.env.BROWSER_PATIENCE_MS ?? 180_000));
  page.on("pageerror", (error) => problems.push(`${url}: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(`${url}: ${message.text()}`);
  });
  await page.goto(url);
  return page;
}
