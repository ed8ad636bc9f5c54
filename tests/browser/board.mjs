// The board of a supervisor over a service of this story's own: what a group promises, a queue nobody
// serves until it is overdue, two agents who come, a talk that ends, all of it without a reload; then one of
// them is logged out and reads by whom.
import assert from "node:assert/strict";
import { findings } from "./axe.mjs";
import { desktop, open } from "./browser.mjs";
import { byId, leave, logIn, password, say, visit } from "./parts.mjs";
import { pictures } from "./pictures.mjs";
import { startService, withoutModel } from "./service.mjs";

const both = { languages: ["zh", "en"] };
const desks = { ...both, widths: [820, 1280] };

async function firstAdmin({ browser, service, problems }) {
  const page = await open(browser, service.setup, {
    viewport: desktop,
    language: "zh",
    theme: "light",
    problems,
  });
  await page.locator("input[name=login]").fill("admin");
  await page.locator("input[name=name]").fill("管理员");
  await page.locator("input[name=password]").fill(password);
  await page.locator("input[name=confirm]").fill(password);
  await page.locator("button[type=submit]").click();
  await byId(page, "account-menu").waitFor();
  return page;
}

// What the server answers to the page's own session.
export async function call(page, method, path, body) {
  const answer = await page.evaluate(
    async ([method, path, body]) => {
      const headers = body ? { "content-type": "application/json" } : {};
      const sent = { method, headers, body: body && JSON.stringify(body) };
      const answer = await fetch(`/api/v1${path}`, sent);
      return { status: answer.status, body: await answer.json().catch(() => null) };
    },
    [method, path, body],
  );
  assert.ok(answer.status < 300, `${method} ${path}: ${JSON.stringify(answer)}`);
  return answer.body;
}

// The default group promises the first words within so many seconds, by the page of groups.
async function promises(admin, seconds) {
  await byId(admin, "nav-groups").click();
  const row = byId(admin, "groups").locator("[data-testid=group-row][data-id='0']");
  await row.getByTestId("group-promises").filter({ hasText: "首次回复 60 秒" }).waitFor();
  await row.getByTestId("group-edit").click();
  const dialog = byId(admin, "group-dialog");
  const input = dialog.locator("input[name=group-first-reply]");
  assert.equal(await input.getAttribute("placeholder"), "60");
  await input.fill(String(seconds));
  await pictures(admin, "promises-1-group", desks);
  assert.deepEqual(await findings(admin), [], "axe finds nothing in the dialog");
  await byId(admin, "group-save").click();
  await dialog.waitFor({ state: "detached" });
  await row.getByTestId("group-promises").filter({ hasText: `首次回复 ${seconds} 秒` }).waitFor();
  await pictures(admin, "promises-2-groups", desks);
}

// Ticks although nothing happens: no word of the server is waited for.
async function ticks(page, id) {
  const before = await byId(page, id).first().textContent();
  const goesOn = ([id, before]) => {
    const found = document.querySelector(`[data-testid="${id}"]`);
    return found !== null && found.textContent !== before;
  };
  await page.waitForFunction(goesOn, [id, before]);
}

// A visitor who wants a person.
async function asks(world) {
  const page = await visit(world);
  await say(page, "转人工");
  await byId(page, "queue-banner").waitFor();
  return page;
}

async function plays(world) {
  const settings = { ...withoutModel, KEFU_BOARD__PUSH_MS: "200" };
  const service = await startService({ settings, listen: "127.0.0.1:0" });
  try {
    await story({ ...world, service });
  } finally {
    await service.stop();
  }
}

async function story(world) {
  const admin = await firstAdmin(world);
  await call(admin, "PUT", "/me/status", { status: "AGENT_STATUS_AWAY" });
  await promises(admin, 5);
  for (const [login, name, role] of [
    ["boss", "班长", "ROLE_SUPERVISOR"],
    ["wang", "王敏", "ROLE_AGENT"],
    ["zhao", "赵强", "ROLE_AGENT"],
  ]) {
    await call(admin, "POST", "/users", { login, name, password, role, capacity: 1 });
  }
  const boss = await logIn(world, { login: "boss", path: "/board" });
  await call(boss, "PUT", "/me/status", { status: "AGENT_STATUS_BUSY" });
  await byId(boss, "board").waitFor();

  // A queue, and nobody for it.
  const visitors = [await asks(world), await asks(world), await asks(world)];
  await byId(boss, "board-waiting").filter({ hasText: "3" }).waitFor();
  await byId(boss, "board-longest").waitFor();
  await byId(boss, "figure-queued").filter({ hasText: "3" }).waitFor();
  await byId(boss, "sla-alert").waitFor();
  await byId(boss, "board-overdue").filter({ hasText: "3 个会话已超时" }).waitFor();
  await byId(boss, "board-group-overdue").filter({ hasText: "首次回复 3" }).waitFor();
  await ticks(boss, "board-longest");
  await ticks(boss, "board-group-longest");
  await pictures(boss, "board-1-queue", { ...both, widths: [820, 1280, 1920] });

  // Two come, each with room for one.
  const wang = await logIn(world, { login: "wang" });
  const zhao = await logIn(world, { login: "zhao" });
  await byId(boss, "board-waiting").filter({ hasText: "1" }).waitFor();
  await byId(boss, "figure-assigned").filter({ hasText: "2" }).waitFor();
  await byId(boss, "board-load").filter({ hasText: "1 / 1" }).nth(1).waitFor();
  // One ends a talk, which frees a place.
  const { conversations } = await call(wang, "GET", "/conversations?phase=serving");
  const me = await call(wang, "GET", "/me");
  const own = conversations.find((each) => each.agentId === me.id);
  // A first word ends what was overdue; that it was is counted still.
  await call(wang, "POST", `/conversations/${own.id}/messages`, {
    clientId: "first-words",
    body: { text: { text: "您好" } },
  });
  await byId(boss, "board-overdue").filter({ hasText: "2 个会话已超时" }).waitFor();
  await byId(boss, "figure-sla").filter({ hasText: "未达成 1" }).waitFor();
  for (const action of ["ACTION_END", "ACTION_FINISH"]) {
    await call(wang, "POST", `/conversations/${own.id}/actions`, { action });
  }
  await byId(boss, "figure-served").filter({ hasText: "1" }).waitFor();
  await byId(boss, "board-waiting").filter({ hasText: "无人排队" }).waitFor();
  await pictures(boss, "board-2-agents", { ...both, widths: [1280, 1920] });
  assert.deepEqual(await findings(boss), [], "axe finds nothing on the board");

  // Another screen says the same.
  await admin.goto(`${world.service.base}/agent/board?lang=zh`);
  await byId(admin, "board").waitFor();
  for (const id of ["figure-queued", "figure-assigned", "figure-served", "figure-closed"]) {
    const read = async (page) => (await byId(page, id).textContent()).trim();
    assert.equal(await read(admin), await read(boss), id);
  }

  // Somebody is logged out, by keyboard, and reads by whom.
  const row = byId(boss, "board-agent").filter({ hasText: "赵强" });
  await row.getByTestId("board-logout").focus();
  await boss.keyboard.press("Enter");
  await byId(boss, "confirm-yes").focus();
  await boss.keyboard.press("Enter");
  await byId(zhao, "login-form").waitFor();
  await zhao.getByText("班长 已让您下线").waitFor();
  await row.filter({ hasText: "由 班长 下线" }).waitFor();
  await byId(boss, "board-waiting").filter({ hasText: "1" }).waitFor();
  await pictures(boss, "board-3-logged-out", both);
  await pictures(zhao, "board-4-log-in", both);
  await leave(...visitors, boss, wang, zhao, admin);
}

export default { "a supervisor watches the board and logs an agent out": plays };
