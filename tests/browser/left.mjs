// Out of hours: the visitor is told when people are back and leaves a message instead of waiting; an agent
// claims it from the list and answers the next day; the visitor reads it on return.
import assert from "node:assert/strict";
import { findings } from "./axe.mjs";
import { answered, byId, leave, logIn, messages, say, visit } from "./parts.mjs";
import { pictures } from "./pictures.mjs";
import { atShop, openPanel, shot } from "./widget.mjs";

const both = { languages: ["zh", "en"] };
const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

// The only shift is three days from now, whatever day it is: now nobody is there, and it is known when
// somebody is.
export function calendars(now = new Date()) {
  const open = days[(now.getUTCDay() + 3) % 7];
  const week = days.map((day) => `${day}=[${day === open ? '"09:00-18:00"' : ""}]`).join(",");
  return `[{key="later",time_zone="UTC",week={${week}}}]`;
}

// The hours of the default group, by the page of groups.
async function keeps(admin, calendar) {
  await byId(admin, "nav-groups").click();
  const row = byId(admin, "groups").locator("[data-testid=group-row][data-id='0']");
  await row.getByTestId("group-edit").click();
  const dialog = byId(admin, "group-dialog");
  await dialog.locator("select[name=group-calendar]").selectOption(calendar);
  await byId(admin, "group-save").click();
  await dialog.waitFor({ state: "detached" });
}

async function leaves(world) {
  const visitor = await visit(world);
  await say(visitor, "转人工");
  await byId(visitor, "queue-banner").waitFor();
  await byId(visitor, "leave-words").filter({ hasText: "上班" }).waitFor();
  await pictures(visitor, "left-1-offered", both);
  assert.deepEqual(await findings(visitor), [], "the offer is accessible");
  await byId(visitor, "leave-message").focus();
  await visitor.keyboard.press("Enter");
  const dialog = byId(visitor, "leave-dialog");
  // What the server would refuse is said before it is asked.
  await dialog.locator("input[name=left-phone]").fill("没有");
  await byId(visitor, "leave-send").click();
  await dialog.locator("textarea[name=left-text][aria-invalid=true]").waitFor();
  await dialog.locator("input[name=left-phone][aria-invalid=true]").waitFor();
  await pictures(visitor, "left-2-form", both);
  assert.deepEqual(await findings(visitor), [], "the form is accessible");
  await dialog.locator("textarea[name=left-text]").fill("周末能送货吗？");
  await dialog.locator("input[name=left-name]").fill("李雷");
  await dialog.locator("input[name=left-phone]").fill("138 0013 8000");
  await byId(visitor, "leave-send").click();
  await dialog.waitFor({ state: "detached" });
  await answered(visitor, "visitor", "周末能送货吗？");
  await byId(visitor, "queue-banner").waitFor({ state: "detached" });
  assert.equal(await byId(visitor, "leave-bar").count(), 0, "nobody waits any more");
  return visitor;
}

async function play(world) {
  const admin = await logIn(world, {});
  await byId(admin, "status-select").selectOption("away");
  await keeps(admin, "later");
  const visitor = await leaves(world);
  const bots = await messages(visitor, "bot").count();

  await byId(admin, "nav-left").filter({ hasText: "1" }).click();
  const row = byId(admin, "left-row").filter({ hasText: "李雷" });
  await row.getByTestId("left-text").filter({ hasText: "周末能送货吗？" }).waitFor();
  await pictures(admin, "left-3-list", both);
  assert.deepEqual(await findings(admin), [], "the list is accessible");
  await row.getByTestId("left-claim").click();
  await byId(admin, "left-tab-taken").click();
  await row.getByTestId("left-answer").fill("可以，周六上午送到。");
  await pictures(admin, "left-4-answer", both);
  assert.deepEqual(await findings(admin), [], "the answer's form is accessible");

  // The visitor is away while it is answered.
  await visitor.goto("about:blank");
  await row.getByTestId("left-send").click();
  await row.waitFor({ state: "detached" });
  await byId(admin, "left-tab-answered").click();
  await row.waitFor();
  await visitor.goBack();
  await answered(visitor, "agent", "可以，周六上午送到。");
  assert.equal(await messages(visitor, "bot").count(), bots, "the bot says nothing to it");
  await pictures(visitor, "left-5-read", both);
  // And all goes on as ever.
  await say(visitor, "谢谢");
  await visitor.waitForFunction(
    (before) =>
      document.querySelectorAll("[data-testid=message][data-sender=bot]").length > before,
    bots,
  );
  await keeps(admin, "");
  await leave(admin, visitor);
}

async function inTheWidget(world) {
  const admin = await logIn(world, {});
  await byId(admin, "status-select").selectOption("away");
  await keeps(admin, "later");
  const page = await atShop(world);
  await openPanel(page);
  await say(page, "转人工");
  await byId(page, "leave-words").filter({ hasText: "上班" }).waitFor();
  await shot(page, "left-1-offered");
  await byId(page, "leave-message").focus();
  await page.keyboard.press("Enter");
  const form = byId(page, "leave-dialog");
  await byId(page, "leave-send").click();
  await form.locator("textarea[name=left-text][aria-invalid=true]").waitFor();
  await shot(page, "left-2-form");
  assert.deepEqual(await findings(page), [], "the form is accessible");
  await form.locator("textarea[name=left-text]").fill("可以自提吗？");
  await form.locator("input[name=left-email]").fill("visitor@shop.example");
  await byId(page, "leave-send").click();
  await form.waitFor({ state: "detached" });
  await answered(page, "visitor", "可以自提吗？");
  await byId(page, "queue-banner").waitFor({ state: "detached" });
  await byId(admin, "nav-left").click();
  const row = byId(admin, "left-row").filter({ hasText: "可以自提吗？" });
  await row.filter({ hasText: "visitor@shop.example" }).waitFor();
  await keeps(admin, "");
  await leave(admin, page);
}

export default {
  "out of hours a message is left, answered the next day, read on return": play,
  "out of hours a message is left in the widget": inTheWidget,
};
