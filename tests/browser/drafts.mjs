// What an agent begins is kept: while they look elsewhere, over a reload, and nobody is sent it.
import assert from "node:assert/strict";
import { answered, byId, leave, logIn, messages, say, visit } from "./parts.mjs";
import { pictures } from "./pictures.mjs";

const row = (page, text) => byId(page, "conv-row").filter({ hasText: text });

async function play(world) {
  const agent = await logIn(world, {});
  await byId(agent, "status-select").selectOption("free");
  await byId(agent, "conv-tab-serving").click();
  const visitors = [];
  for (const text of ["我要退货", "发票怎么开"]) {
    const visitor = await visit(world);
    visitors.push(visitor);
    await say(visitor, "转人工");
    await byId(agent, "conv-row").nth(visitors.length - 1).waitFor();
    await say(visitor, text);
    await row(agent, text).waitFor();
  }
  await row(agent, "我要退货").click();
  await byId(agent, "agent-composer").fill("请稍等，我看看");
  await agent.keyboard.press("Alt+m");
  await byId(agent, "note-composer").fill("先问仓库");
  await row(agent, "发票怎么开").click();
  const box = byId(agent, "agent-composer");
  await box.waitFor();
  assert.equal(await box.inputValue(), "", "another conversation, another box");
  await byId(agent, "row-draft").waitFor();
  await pictures(agent, "drafts-1-list", { languages: ["zh", "en"], widths: [1440] });
  await agent.reload();
  await row(agent, "请稍等").waitFor();
  await row(agent, "请稍等").click();
  assert.equal(await box.inputValue(), "请稍等，我看看");
  await agent.keyboard.press("Alt+m");
  assert.equal(await byId(agent, "note-composer").inputValue(), "先问仓库");
  await agent.keyboard.press("Alt+m");
  await box.press("Enter");
  await answered(visitors[0], "agent", "请稍等");
  assert.equal(await messages(visitors[1], "agent").count(), 0, "nothing is sent by itself");
  for (const text of ["请稍等", "发票怎么开"]) {
    // The list follows a talk to where it ends.
    await byId(agent, "conv-tab-serving").click();
    await row(agent, text).click();
    await byId(agent, "action-end").click();
    await byId(agent, "action-finish").click();
    await byId(agent, "conv-list-closed").waitFor();
  }
  await leave(agent, ...visitors);
}

export default { "drafts are kept in their conversations and over a reload": play };
