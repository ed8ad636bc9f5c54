// Canned replies: kept on their page, found by a slash, sent with their variables filled in.
import assert from "node:assert/strict";
import { findings } from "./axe.mjs";
import { answered, byId, leave, logIn, say, visit } from "./parts.mjs";
import { pictures } from "./pictures.mjs";

const both = { languages: ["zh", "en"] };

async function keep(page, shortcut, title, text) {
  await byId(page, "canned-add").click();
  const dialog = byId(page, "canned-dialog");
  await dialog.locator("input[name=shortcut]").fill(shortcut);
  await dialog.locator("input[name=title]").fill(title);
  await dialog.locator("textarea[name=textZh]").fill(text);
  await byId(page, "canned-save").click();
}

async function play(world) {
  const agent = await logIn(world, { path: "/canned" });
  await byId(agent, "canned-page").waitFor();
  // What the server would refuse is said before it is asked.
  await keep(agent, "wenhou", "开场问候", "{greeting}，{visitor.name}");
  await byId(agent, "canned-dialog").getByText("{greeting}").waitFor();
  await pictures(agent, "canned-1-dialog", both);
  assert.deepEqual(await findings(agent), [], "the dialog of a canned reply is accessible");
  await byId(agent, "canned-dialog").locator("textarea[name=textZh]").fill("{time.greeting}，我是{agent.name}，会话 {conversation.id}");
  await byId(agent, "canned-save").click();
  await agent.locator("[data-testid=canned-row][data-shortcut=wenhou]").waitFor();
  await keep(agent, "tuikuan", "退款时效", "退款会在三个工作日内原路退回。");
  await agent.locator("[data-testid=canned-row][data-shortcut=tuikuan]").waitFor();
  await pictures(agent, "canned-2-page", both);
  assert.deepEqual(await findings(agent), [], "the page of canned replies is accessible");
  await agent.reload();
  await byId(agent, "canned-find").fill("时效");
  await agent.waitForFunction(() => document.querySelectorAll("[data-testid=canned-row]").length === 1);

  await byId(agent, "nav-inbox").click();
  await byId(agent, "status-select").selectOption("free");
  const visitor = await visit(world);
  await say(visitor, "转人工");
  await byId(agent, "conv-tab-serving").click();
  await byId(agent, "conv-row").first().click();
  const box = byId(agent, "agent-composer");
  await box.pressSequentially("/");
  await byId(agent, "canned-item").nth(1).waitFor();
  await pictures(agent, "canned-3-slash", { ...both, widths: [1440] });
  assert.deepEqual(await findings(agent), [], "the list of canned replies is accessible");
  // While an input method composes, Enter is its own.
  await box.evaluate((field) => {
    const enter = { key: "Enter", isComposing: true, keyCode: 229, bubbles: true, cancelable: true };
    field.dispatchEvent(new KeyboardEvent("keydown", enter));
  });
  assert.equal(await box.inputValue(), "/");
  await box.pressSequentially("wen");
  await agent.waitForFunction(() => document.querySelectorAll("[data-testid=canned-item]").length === 1);
  await box.press("Enter");
  const filled = await box.inputValue();
  assert.match(filled, /，我是小林，会话 \d+$/);
  assert.equal(await byId(agent, "canned").count(), 0);
  await box.press("Enter");
  await answered(visitor, "agent", filled);
  // By the mouse; and Esc leaves the words alone.
  await box.pressSequentially("/tui");
  await box.press("Escape");
  await byId(agent, "canned").waitFor({ state: "detached" });
  assert.equal(await box.inputValue(), "/tui");
  await box.fill("/tuik");
  await byId(agent, "canned-item").first().click();
  assert.equal(await box.inputValue(), "退款会在三个工作日内原路退回。");
  await box.press("Enter");
  await answered(visitor, "agent", "三个工作日");
  await byId(agent, "action-end").click();
  await byId(agent, "action-finish").click();
  await byId(agent, "action-finish").waitFor({ state: "detached" });

  await byId(agent, "nav-canned").click();
  for (const shortcut of ["wenhou", "tuikuan"]) {
    const row = agent.locator(`[data-testid=canned-row][data-shortcut=${shortcut}]`);
    await row.getByTestId("canned-remove").click();
    await byId(agent, "confirm-yes").click();
    await row.waitFor({ state: "detached" });
  }
  await leave(agent, visitor);
}

export default { "canned replies are kept, found by a slash and sent": play };
