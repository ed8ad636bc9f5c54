// Pictures of one state of a page, in every theme, language and width that is asked for, without
// playing its story again: a page follows what another tab of its browser chose, so that is played.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { desktop, phone } from "./browser.mjs";

export const out = join(import.meta.dirname, "out");
mkdirSync(out, { recursive: true });

const sizes = {
  390: phone,
  820: { width: 820, height: 1180 },
  1280: { width: 1280, height: 800 },
  1440: desktop,
  1920: { width: 1920, height: 1080 },
};

async function choose(page, language, theme) {
  await page.evaluate(
    (choices) => {
      for (const [key, newValue] of choices) {
        localStorage.setItem(key, newValue);
        dispatchEvent(new StorageEvent("storage", { key, newValue }));
      }
    },
    [["kefu.language", language], ["kefu.theme", theme]],
  );
  await page.waitForFunction(
    ([l, t]) => {
      const { lang, dataset } = document.documentElement;
      return lang.startsWith(l) && dataset.theme === t;
    },
    [language, theme],
  );
}

// Messages at the edge of the page that are not what the picture is about.
async function closeToasts(page) {
  const toasts = page.getByTestId("toast");
  await toasts.evaluateAll((nodes) => {
    for (const node of nodes) node.querySelector("button:last-of-type").click();
  });
  await page.waitForFunction(() => document.querySelector("[data-testid=toast]") === null);
}

// Leaves the page as it was: same size, same language, same theme.
export async function pictures(page, name, { languages, widths = [390, 1440], toasts } = {}) {
  if (!toasts) await closeToasts(page);
  const before = {
    size: page.viewportSize(),
    ...(await page.evaluate(() => ({
      language: document.documentElement.lang.slice(0, 2),
      theme: document.documentElement.dataset.theme,
    }))),
  };
  for (const width of widths) {
    await page.setViewportSize(sizes[width]);
    for (const language of languages ?? [before.language]) {
      for (const theme of ["light", "dark"]) {
        await choose(page, language, theme);
        const path = join(out, `${name}-${width}-${language}-${theme}.png`);
        await page.screenshot({ path, animations: "disabled" });
      }
    }
  }
  await choose(page, before.language, before.theme);
  await page.setViewportSize(before.size);
}
