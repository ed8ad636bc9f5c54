// Sensitive words, with lists of this story's own: a visitor is refused and masked, a supervisor is
// led to what was written, and another one finds later what nobody has seen, in both languages.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findings } from "./axe.mjs";
import { call } from "./board.mjs";
import { open, desktop } from "./browser.mjs";
import { answered, byId, leave, logIn, messages, password, say, visit } from "./parts.mjs";
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
  await page.locator("input[name=name]").fill("班长");
  await page.locator("input[name=password]").fill(password);
  await page.locator("input[name=confirm]").fill(password);
  await page.locator("button[type=submit]").click();
  await byId(page, "account-menu").waitFor();
  return page;
}

async function plays(world) {
  const words = mkdtempSync(join(tmpdir(), "kefu-words-"));
  writeFileSync(join(words, "visitors.yaml"), "block: [代开发票]\nmask: [傻瓜]\nalert: [曝光]\n");
  const settings = { ...withoutModel, KEFU_WORDS__DIR: words, KEFU_WORDS__POLL_MS: "50" };
  const service = await startService({ settings, listen: "127.0.0.1:0" });
  try {
    await story({ ...world, service }, words);
  } finally {
    await service.stop();
    rmSync(words, { recursive: true, force: true });
  }
}

async function story(world, words) {
  const admin = await firstAdmin(world);
  const visitor = await visit(world);
  // Refused: said where it stands, kept for the sender to change, and nobody else sees it.
  await say(visitor, "能代开發票吗");
  const failed = visitor.locator("[data-testid=message][data-state=failed]");
  await failed.waitFor();
  await visitor.getByText("消息含有不能发送的内容").waitFor();
  await pictures(visitor, "words-1-blocked", { ...both, widths: [390] });
  await failed.getByRole("button", { name: "删除" }).click();
  await failed.waitFor({ state: "detached" });
  // Masked: the sender sees what was stored.
  await say(visitor, "你是傻瓜吗");
  await messages(visitor, "visitor").filter({ hasText: "你是**吗" }).waitFor();
  assert.equal(await messages(visitor, "visitor").filter({ hasText: "傻瓜" }).count(), 0);

  // An alert leads to its message, by keyboard.
  assert.equal(await byId(admin, "word-alert").count(), 0);
  await say(visitor, "不然我要曝光你们");
  await say(visitor, "真的曝光");
  const bar = byId(admin, "word-alert");
  await bar.filter({ hasText: "2 次" }).waitFor();
  await pictures(admin, "words-2-alert", both);
  await byId(admin, "word-alert-open").focus();
  await admin.keyboard.press("Enter");
  await bar.waitFor({ state: "detached" });
  await answered(admin, "visitor", "真的曝光");
  assert.equal(await messages(admin, "visitor").filter({ hasText: "代开" }).count(), 0);

  // A new list holds a moment later, for agents of their own.
  // Whoever threatens so is given a person, who is free here.
  writeFileSync(join(words, "agents.yaml"), "block: [加微信]\n");
  const composer = byId(admin, "agent-composer");
  await composer.waitFor();
  await assertBlocked(admin, composer);
  await pictures(admin, "words-3-agent", both);

  const boss = await later(world, admin, visitor);
  await leave(visitor, boss, admin);
}

// Nobody who oversees is there while it is written; whoever signs in later finds it.
async function later(world, admin, visitor) {
  const more = { name: "值班长", password, role: "ROLE_SUPERVISOR", capacity: 1 };
  await call(admin, "POST", "/users", { login: "boss", ...more });
  await admin.goto("about:blank");
  const said = "还是要曝光你们";
  await say(visitor, said);
  await messages(visitor, "visitor").filter({ hasText: said }).waitFor();

  const boss = await logIn(world, { login: "boss", path: "/board/alerts" });
  const rows = byId(boss, "alert-row");
  await rows.getByTestId("alert-rule").filter({ hasText: "曝光" }).waitFor();
  assert.equal(await rows.count(), 1, "the admin has seen the others");
  await byId(boss, "nav-board").filter({ hasText: "1" }).waitFor();
  assert.equal(await boss.getByText(said).count(), 0, "nothing of what was written is in the list");
  await pictures(boss, "words-4-unseen", desks);
  assert.deepEqual(await findings(boss), [], "axe finds nothing in the list");
  await byId(boss, "alert-see").focus();
  await boss.keyboard.press("Enter");
  await rows.first().waitFor({ state: "detached" });
  await byId(boss, "alerts-seen").click();
  await rows.filter({ hasText: "值班长" }).waitFor();
  await rows.filter({ hasText: "已阅：班长" }).nth(1).waitFor();
  assert.equal(await rows.count(), 3);
  await pictures(boss, "words-5-seen", desks);
  // To the message itself.
  await rows.first().getByTestId("alert-open").click();
  await answered(boss, "visitor", said);
  return boss;
}

async function assertBlocked(page, composer) {
  const failed = page.locator("[data-testid=message][data-state=failed]");
  for (let tries = 0; tries < 50 && (await failed.count()) === 0; tries += 1) {
    await composer.fill(`请加微信 ${tries}`);
    await composer.press("Enter");
    await page.waitForTimeout(100);
  }
  await failed.first().waitFor();
}

export default { "sensitive words are refused, masked, and supervisors led to them": plays };
