// What the stories share: finding things on the pages, speaking, logging in.
import { desktop, open, phone } from "./browser.mjs";
import { pictures } from "./pictures.mjs";

export const password = "correct horse battery";

export const byId = (page, id) => page.getByTestId(id);
export const messages = (page, sender) =>
  page.locator(`[data-testid=message][data-sender=${sender}]`);

export async function say(page, text) {
  const composer = byId(page, "composer");
  await composer.fill(text);
  await composer.press("Enter");
}

// Says something and waits for the bot's reply to it.
export async function ask(page, text) {
  const before = await messages(page, "bot").count();
  await say(page, text);
  const reply = messages(page, "bot").nth(before);
  await reply.waitFor();
  return reply;
}

export async function answered(page, sender, text) {
  await messages(page, sender).filter({ hasText: text }).last().waitFor();
}

// A visitor on a phone, speaking that language.
export async function visit({ browser, service, problems }, language = "zh", viewport = phone) {
  const view = { viewport, language, theme: "light", problems };
  const page = await open(browser, `${service.base}/`, view);
  await byId(page, "composer").waitFor();
  // Chinese by default, English by the switch.
  if (language === "en") await byId(page, "lang-switch").click();
  await page.waitForFunction((l) => document.documentElement.lang.startsWith(l), language);
  return page;
}

// Somebody at a desk, the admin when nobody is named; on the way, with `door`, pictures of the
// log-in page under that name.
export async function logIn(
  { browser, service, problems },
  { login = "admin", language = "zh", path = "", door },
) {
  const url = `${service.base}/agent${path}?lang=${language}`;
  const page = await open(browser, url, {
    viewport: desktop,
    language,
    theme: "light",
    // Before the log-in the browser reports a 401 as an error of its own.
    problems: [],
  });
  await page.locator("input[name=login]").fill(login);
  await page.locator("input[name=password]").fill(password);
  if (door) await pictures(page, door);
  await page.locator("button[type=submit]").click();
  await byId(page, "account-menu").waitFor();
  page.on("pageerror", (error) => problems.push(`${url}: ${error.message}`));
  return page;
}

// Everything that is open belongs to windows of one test.
export async function leave(...pages) {
  for (const page of pages) await page.context().close();
}
