// What agents share around a conversation, in three windows: an agent who serves, a supervisor who
// looks on, and a visitor who must see nothing of it.
import assert from "node:assert/strict";
import { findings } from "./axe.mjs";
import { answered, byId, leave, logIn, messages, password, say, visit } from "./parts.mjs";
import { pictures } from "./pictures.mjs";

const both = { languages: ["zh", "en"], widths: [1440] };
const login = "zhou.banzhang";

async function makeSupervisor(page) {
  const made = await page.evaluate(async (body) => {
    const headers = { "content-type": "application/json" };
    const sent = { method: "POST", headers, body: JSON.stringify(body) };
    return (await fetch("/api/v1/users", sent)).status;
  }, { login, name: "周班长", password, role: "ROLE_SUPERVISOR", capacity: 5 });
  assert.equal(made, 201);
}

const notes = (page, text) => byId(page, "note").filter({ hasText: text });

async function writesNote(page, text) {
  const box = byId(page, "note-composer");
  await box.fill(text);
  await box.press("Enter");
  await notes(page, text).and(page.locator("[data-state=stored]")).waitFor();
}

async function play(world) {
  const admin = await logIn(world, {});
  await makeSupervisor(admin);
  await byId(admin, "status-select").selectOption("free");
  const supervisor = await logIn(world, { login });
  await byId(supervisor, "status-select").selectOption("away");
  const visitor = await visit(world);
  await say(visitor, "转人工");
  await byId(admin, "conv-tab-serving").click();
  await byId(admin, "conv-row").first().click();
  await byId(admin, "agent-composer").fill("您好");
  await byId(admin, "agent-send").click();
  await answered(visitor, "agent", "您好");

  // The key switches, the boxes are two: what is begun in one is not in the other.
  await byId(admin, "agent-composer").fill("还没想好的回复");
  await admin.keyboard.press("Alt+m");
  const box = byId(admin, "note-composer");
  await box.waitFor();
  assert.equal(await box.inputValue(), "", "a note begins empty");
  assert.equal(await byId(admin, "agent-composer").count(), 0, "there is nothing to send a reply with");
  // A colleague is proposed and chosen by keys.
  await box.pressSequentially("请看 @zhou");
  await byId(admin, "colleagues-item").first().waitFor();
  await pictures(admin, "notes-1-mention", both);
  await box.press("Enter");
  assert.match(await box.inputValue(), /@zhou\.banzhang $/);
  await box.pressSequentially("他很着急");
  await box.press("Enter");
  await notes(admin, "他很着急").and(admin.locator("[data-state=stored]")).waitFor();
  await admin.keyboard.press("Alt+m");
  assert.equal(await byId(admin, "agent-composer").inputValue(), "还没想好的回复");

  // The supervisor is told although the conversation is not theirs, and until they open it.
  await supervisor.locator("[data-testid=mentions][data-count='1']").waitFor();
  await supervisor.reload();
  await byId(supervisor, "mentions-toggle").click();
  await pictures(supervisor, "notes-2-mentioned", both);
  assert.deepEqual(await findings(supervisor), [], "the list with a mention is accessible");
  await byId(supervisor, "mention").first().click();
  await notes(supervisor, "他很着急").waitFor();
  await byId(supervisor, "mentions").waitFor({ state: "detached" });

  // Each sees that the other looks.
  await byId(admin, "viewers").filter({ hasText: "周班长" }).waitFor();
  await byId(supervisor, "viewers").filter({ hasText: "小林" }).waitFor();

  // A whisper, while the talk goes on.
  await byId(supervisor, "write-note").click();
  await byId(supervisor, "whisper").check();
  await writesNote(supervisor, "可以退全款");
  await notes(admin, "可以退全款").and(admin.locator("[data-whisper]")).waitFor();
  await say(visitor, "能退吗？");
  await answered(admin, "visitor", "能退吗？");
  const order = await admin
    .locator("[data-testid=note], [data-testid=message][data-sender=visitor]")
    .allInnerTexts();
  const at = (text) => order.findIndex((each) => each.includes(text));
  assert.ok(at("他很着急") < at("可以退全款") && at("可以退全款") < at("能退吗"), order.join(" | "));
  await pictures(admin, "notes-3-talk", both);
  await pictures(supervisor, "notes-4-watch", { ...both, widths: [390, 1440] });
  assert.deepEqual(await findings(admin), [], "a talk with notes is accessible");
  assert.deepEqual(await findings(supervisor), [], "a note being written is accessible");

  // They stay over a reload, in their places; and the visitor has seen nothing.
  await admin.reload();
  await notes(admin, "可以退全款").waitFor();
  await visitor.reload();
  await messages(visitor, "visitor").filter({ hasText: "能退吗？" }).waitFor();
  const seen = await visitor.locator("body").innerText();
  for (const secret of ["他很着急", "可以退全款", "周班长"]) {
    assert.ok(!seen.includes(secret), `the visitor reads ${secret}`);
  }
  assert.equal(await byId(visitor, "note").count(), 0);

  // Whoever leaves is not seen to look any more.
  await supervisor.context().close();
  await byId(admin, "viewers").filter({ hasText: "周班长" }).waitFor({ state: "detached" });
  await byId(admin, "action-end").click();
  await byId(admin, "action-finish").click();
  await byId(admin, "action-finish").waitFor({ state: "detached" });
  await leave(admin, visitor);
}

export default { "notes, mentions, whispers and who looks on": play };
