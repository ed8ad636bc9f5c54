// An agent looks for what was said, opens the conversation at that message and finds it marked: by
// keyboard at a desk, by touch on a phone.
import assert from "node:assert/strict";
import { phone } from "./browser.mjs";
import { answered, ask, byId, leave, logIn, say, visit } from "./parts.mjs";
import { pictures } from "./pictures.mjs";

const both = { languages: ["zh", "en"] };
const number = "SF-20261121-0042";

const hits = (page) => byId(page, "search-hit");

async function found(page, query, text) {
  await byId(page, "search-query").fill(query);
  await page.locator(`[data-testid=search][data-answered="${query}"]`).waitFor();
  const hit = hits(page).filter({ hasText: text }).first();
  await hit.waitFor();
  return hit;
}

// Enough is said after it that the message is not on the screen when its conversation opens.
async function talks(world) {
  const visitor = await visit(world, "zh");
  await ask(visitor, `我的藍色雨傘壞了，編號 ${number}`);
  for (let n = 1; n <= 24; n += 1) await say(visitor, `第${n}次催一下`);
  await answered(visitor, "visitor", "第24次催一下");
  return visitor;
}

// The message is in sight, and marked.
async function opened(page) {
  const marked = page.locator("[data-testid=message][data-marked]");
  await marked.filter({ hasText: number }).waitFor();
  await page.waitForFunction(() => {
    const box = document.querySelector("[data-marked]").getBoundingClientRect();
    return box.top >= 0 && box.bottom <= innerHeight;
  });
}

async function byKeyboard(world) {
  const page = await logIn(world, {});
  await page.locator("body").press("/");
  await byId(page, "search").waitFor();
  await pictures(page, "search-1-empty", both);
  await found(page, "蓝色雨伞", number);
  const marks = await hits(page).first().locator("mark").allInnerTexts();
  assert.deepEqual(marks, ["藍色雨傘"], "what was found is shown as it was written");
  await pictures(page, "search-2-hits", both);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await byId(page, "search").waitFor({ state: "detached" });
  await opened(page);
  await pictures(page, "search-3-marked", both);

  // From the command palette, with what was typed there; only in the conversation that is open.
  await page.keyboard.press("Control+k");
  await byId(page, "palette").waitFor();
  await page.keyboard.type("zzz-nothing-like-this");
  await page.keyboard.press("Enter");
  await byId(page, "search-empty").waitFor();
  await pictures(page, "search-4-none", both);
  await byId(page, "search-query").fill("催一下");
  await byId(page, "search-more").waitFor();
  const first = await hits(page).count();
  await byId(page, "search-here").check();
  await byId(page, "search-more").click();
  await hits(page).nth(first).waitFor();
  await page.keyboard.press("Escape");
  return page;
}

// What the page does while the server refuses, and that asking again heals it.
async function whenItFails(page) {
  const refuse = {
    status: 503,
    contentType: "application/problem+json",
    body: '{"code":"unavailable"}',
  };
  await page.route("**/api/v1/search?**", (route) => route.fulfill(refuse));
  await page.locator("body").press("/");
  await byId(page, "search-query").fill("雨伞");
  await byId(page, "search-problem").waitFor();
  await pictures(page, "search-5-failed", both);
  await page.unroute("**/api/v1/search?**");
  await byId(page, "search-problem").getByRole("button").click();
  await hits(page).first().waitFor();
  await page.keyboard.press("Escape");
}

async function byTouch(page) {
  await page.setViewportSize(phone);
  await page.locator(".back").click();
  await byId(page, "search-open").click();
  const hit = await found(page, `${number.toLowerCase()} 伞`, number);
  const marks = await hit.locator("mark").allInnerTexts();
  assert.deepEqual(marks, ["傘", number], "every word is marked where it stands");
  await pictures(page, "search-6-phone", { ...both, widths: [390] });
  await hit.click();
  await byId(page, "search").waitFor({ state: "detached" });
  await opened(page);
  await pictures(page, "search-7-phone-marked", { ...both, widths: [390] });
}

async function play(world) {
  const visitor = await talks(world);
  const page = await byKeyboard(world);
  await whenItFails(page);
  await byTouch(page);
  await leave(visitor, page);
}

export default { "an agent searches what was said": play };
