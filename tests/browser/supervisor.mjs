// What a supervisor may do, and what only an admin may: the pages offer the one and not the other,
// and the server says the same to whoever asks it directly.
import assert from "node:assert/strict";
import { answered, ask, byId, leave, logIn, password, say, visit } from "./parts.mjs";
import { pictures } from "./pictures.mjs";

const both = { languages: ["zh", "en"] };
const login = "sun.li";

const go = (page, section) => byId(page, `intents-${section}`).click();

async function none(page, ...ids) {
  for (const id of ids) assert.equal(await byId(page, id).count(), 0, `${id} is not for supervisors`);
}

// What the server answers to the page's own session.
async function status(page, method, path, body) {
  return page.evaluate(
    async ([method, path, body]) => {
      const headers = body ? { "content-type": "application/json" } : {};
      const sent = { method, headers, body: body && JSON.stringify(body) };
      return (await fetch(`/api/v1${path}`, sent)).status;
    },
    [method, path, body],
  );
}

async function isMade(world) {
  const page = await logIn(world, { path: "/users" });
  const before = await byId(page, "user-row").count();
  await byId(page, "user-add").click();
  const dialog = byId(page, "user-dialog");
  await dialog.locator("input[name=login]").fill(login);
  await dialog.locator("input[name=name]").fill("孙丽");
  await dialog.locator("select[name=role]").selectOption({ index: 1 });
  await dialog.locator("input[name=password]").fill(password);
  await byId(page, "user-save").click();
  await byId(page, "user-row").nth(before).waitFor();
  await leave(page);
}

async function looksAndChangesNothing(world) {
  const page = await logIn(world, { login, path: "/intents" });
  await page.locator("[data-testid=intents-status][data-state=SERVING]").waitFor();
  await none(page, "nav-users", "intents-reload");
  await pictures(page, "supervisor-1-intents", both);
  await go(page, "try");
  await byId(page, "try-text").fill("我要退货");
  await byId(page, "try-run").click();
  await byId(page, "explanation").waitFor();
  await go(page, "edit");
  await byId(page, "file").first().click();
  await byId(page, "code").waitFor();
  assert.ok(await byId(page, "code").evaluate((box) => box.readOnly), "files are read, not written");
  await none(page, "publish", "file-new", "file-upload", "file-remove");
  await pictures(page, "supervisor-2-file", both);
  await go(page, "versions");
  await byId(page, "version-row").last().click();
  await byId(page, "version").waitFor();
  await none(page, "rollback");
  await go(page, "evaluation");
  await byId(page, "evaluation").waitFor();
  await none(page, "evaluate", "evaluation-cancel");
  await page.goto(`${world.service.base}/agent/users`);
  await byId(page, "account-menu").waitFor();
  await none(page, "users", "user-add");
  await leave(page);
}

async function isRefusedByTheServer(world) {
  const page = await logIn(world, { login });
  const file = { path: "supervisor.yaml", text: "intents: []" };
  const user = { login: "x", name: "x", password, role: "ROLE_ADMIN", capacity: 1 };
  const refused = [
    ["GET", "/users"],
    ["POST", "/users", user],
    ["PATCH", "/users/1", { role: "ROLE_ADMIN" }],
    ["POST", "/intents/check", { files: [file] }],
    ["POST", "/intents/publish", { files: [file], expectedVersion: "1" }],
    ["POST", "/intents/rollback", { number: "1" }],
    ["POST", "/intents/reload", {}],
    ["POST", "/intents/evaluation", { folds: 2 }],
    ["DELETE", "/intents/evaluation"],
  ];
  for (const [method, path, body] of refused) {
    assert.equal(await status(page, method, path, body), 403, `${method} ${path}`);
  }
  const allowed = [
    ["GET", "/agents"],
    ["GET", "/intents/status"],
    ["GET", "/intents/files"],
    ["GET", "/intents/versions"],
    ["GET", "/intents/evaluation"],
    ["POST", "/intents/explain", { text: "我要退货" }],
  ];
  for (const [method, path, body] of allowed) {
    assert.equal(await status(page, method, path, body), 200, `${method} ${path}`);
  }
  await leave(page);
}

// Steps into what a colleague serves, takes it over, and hands it back to the bot.
async function stepsIn(world) {
  const owner = await logIn(world, {});
  await byId(owner, "status-select").selectOption("free");
  const supervisor = await logIn(world, { login });
  await byId(supervisor, "status-select").selectOption("away");
  const visitor = await visit(world);
  await ask(visitor, "我要退货");
  await say(visitor, "转人工");
  await byId(owner, "conv-tab-serving").click();
  await byId(owner, "conv-row").first().click();
  await byId(owner, "agent-composer").waitFor();

  await byId(supervisor, "conv-tab-serving").click();
  await byId(supervisor, "conv-row").first().click();
  await byId(supervisor, "action-transfer").waitFor();
  await none(supervisor, "agent-composer");
  await pictures(supervisor, "supervisor-3-colleague", both);
  await byId(supervisor, "action-transfer").click();
  await byId(supervisor, "transfer-agent").filter({ hasText: "孙丽" }).click();
  await byId(supervisor, "transfer-submit").click();
  await byId(supervisor, "agent-composer").waitFor();
  await byId(owner, "agent-composer").waitFor({ state: "detached" });
  await byId(supervisor, "agent-composer").fill("您好，我是班长");
  await byId(supervisor, "agent-send").click();
  await answered(visitor, "agent", "您好，我是班长");
  await byId(supervisor, "action-return").click();
  await byId(supervisor, "action-return").waitFor({ state: "detached" });
  await ask(visitor, "我要退货");
  await leave(owner, supervisor, visitor);
}

// Of two who wait, the one who came later goes first, because a supervisor says so.
async function letsOneGoFirst(world) {
  const supervisor = await logIn(world, { login });
  await byId(supervisor, "status-select").selectOption("away");
  const visitors = [await visit(world), await visit(world)];
  for (const visitor of visitors) {
    await say(visitor, "转人工");
    await byId(visitor, "queue-banner").waitFor();
  }
  await byId(supervisor, "conv-tab-queued").click();
  const rows = byId(supervisor, "conv-row");
  await rows.nth(1).click();
  const later = await rows.nth(1).getAttribute("data-id");
  await byId(supervisor, "action-prioritize").click();
  await supervisor.locator(`[data-testid=conv-row][data-id="${later}"]`).filter({ hasText: "VIP" }).waitFor();
  await supervisor.waitForFunction(
    (id) => document.querySelector("[data-testid=conv-row]").dataset.id === id,
    later,
  );
  await pictures(supervisor, "supervisor-4-first", both);
  for (const visitor of visitors) {
    await byId(visitor, "leave-queue").click();
    await byId(visitor, "queue-banner").waitFor({ state: "detached" });
  }
  await leave(supervisor, ...visitors);
}

export default {
  "an admin makes a supervisor": isMade,
  "a supervisor sees what the bot knows and can change nothing": looksAndChangesNothing,
  "a supervisor is refused by the server what the pages do not offer": isRefusedByTheServer,
  "a supervisor steps into a colleague's conversation": stepsIn,
  "a supervisor lets a visitor go first": letsOneGoFirst,
};
