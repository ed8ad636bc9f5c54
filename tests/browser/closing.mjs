// The end of a talk: the visitor rates it, by keyboard, once; the agent sums it up; both are seen in the
// conversation's details.
import assert from "node:assert/strict";
import { answered, byId, leave, logIn, say, visit } from "./parts.mjs";
import { pictures } from "./pictures.mjs";

const both = { languages: ["zh", "en"] };

async function ends(world, owner) {
  const visitor = await visit(world);
  await say(visitor, "转人工");
  await byId(owner, "conv-tab-serving").click();
  // Whoever was handed over just now, and not whom an earlier talk left here.
  await byId(owner, "conv-row").filter({ hasText: "马上为您转接" }).first().click();
  await byId(owner, "agent-composer").fill("已经为您处理好了");
  await byId(owner, "agent-send").click();
  await answered(visitor, "agent", "已经为您处理好了");
  assert.equal(await byId(visitor, "rating").count(), 0, "nobody is asked while it goes on");
  await byId(owner, "action-end").click();
  await byId(visitor, "rating").waitFor();
  return visitor;
}

async function play(world) {
  const owner = await logIn(world, {});
  await byId(owner, "status-select").selectOption("free");
  const visitor = await ends(world, owner);
  await pictures(visitor, "closing-1-asked", both);
  assert.ok(await byId(visitor, "rating-submit").isDisabled());
  // One of a group of radio buttons, by its arrows.
  await byId(visitor, "rating-1").focus();
  for (const key of ["Space", "ArrowRight", "ArrowRight", "ArrowRight"]) await visitor.keyboard.press(key);
  assert.ok(await byId(visitor, "rating-4").isChecked());
  await visitor.getByLabel("回复快").check();
  await byId(visitor, "rating-comment").fill("谢谢小林");
  await pictures(visitor, "closing-2-chosen", both);

  // A second tab of the same visitor is asked, too; who is later sees what was said first.
  const tab = await visitor.context().newPage();
  await tab.goto(visitor.url());
  await byId(tab, "rating-2").check();
  await byId(visitor, "rating-submit").click();
  await byId(visitor, "rating-done").filter({ hasText: "4 星" }).waitFor();
  await byId(tab, "rating-submit").click();
  await byId(tab, "rating-done").filter({ hasText: "4 星" }).waitFor();
  await tab.close();
  await pictures(visitor, "closing-3-thanks", both);

  await byId(owner, "summary-category").selectOption("return");
  await byId(owner, "summary-note").fill("退货运费已补");
  await pictures(owner, "closing-4-summary", both);
  await byId(owner, "summary-save").click();
  const details = byId(owner, "endings").first();
  if (!(await details.isVisible())) await byId(owner, "details-toggle").click();
  await byId(owner, "ending-summary").first().filter({ hasText: "退货运费已补" }).waitFor();
  await byId(owner, "ending-rating").first().filter({ hasText: "4 / 5" }).waitFor();
  await pictures(owner, "closing-5-details", { ...both, widths: [1440] });
  await byId(owner, "action-finish").click();

  // Whoever comes back is not asked again, and whoever goes on is not asked at all.
  await visitor.reload();
  await byId(visitor, "rating-done").waitFor();
  await say(visitor, "我要退货");
  await byId(visitor, "rating-done").waitFor({ state: "detached" });
  assert.equal(await byId(visitor, "rating").count(), 0);
  await leave(owner, visitor);
}

export default { "a visitor rates a talk and the agent sums it up": play };
