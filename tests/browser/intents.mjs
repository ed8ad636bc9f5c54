// The admin's page about what the bot knows: a sentence explained, an error shown beside its line,
// a file published and answered with, somebody else in between, a version brought back, a broken
// file on the server, an evaluation.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ask, byId, leave, logIn, visit } from "./parts.mjs";
import { pictures } from "./pictures.mjs";

const both = { languages: ["zh", "en"] };
const path = "browser_test.yaml";
const question = "今天的暗号是什么呀";

const file = (answer) => `intents:
  - id: browser.password
    title: { zh: 今天的暗号, en: Password of the day }
    phrasings:
      zh: [${question}, 告诉我今天的暗号, 暗号是多少]
      en: [what is the password of the day, tell me the password]
    keywords:
      - any: [${question}]
        match: exact
    answers:
      zh: [{ text: ${answer} }]
      en: [{ text: The password is swordfish }]
`;

const go = (page, section) => byId(page, `intents-${section}`).click();
const fileRow = (page, name) => page.locator(`[data-testid=file][data-path="${name}"]`);
const code = (page) => byId(page, "code");
const checked = (page, ok) => page.locator(`[data-testid=check][data-ok=${ok}]`).waitFor();

async function newFile(page, name) {
  await byId(page, "file-new").click();
  await page.locator("input[name=path]").fill(name);
  await byId(page, "new-file-dialog").locator("button[type=submit]").click();
  await code(page).waitFor();
}

// Publishes what is edited; the version that then serves.
async function publish(page, note) {
  await checked(page, true);
  await byId(page, "publish").click();
  await page.locator("input[name=note]").fill(note);
  await byId(page, "publish-now").click();
}

const published = (page) => byId(page, "publish-dialog").waitFor({ state: "detached" });

async function opensAndExplains(world) {
  const page = await logIn(world, { path: "/intents" });
  await page.locator("[data-testid=intents-status][data-state=SERVING]").waitFor();
  await pictures(page, "intents-1-now", both);
  await go(page, "try");
  await byId(page, "try-text").fill("我要退货");
  await byId(page, "try-run").click();
  await page.locator("[data-testid=explanation][data-decision=answer]").waitFor();
  await byId(page, "rules").locator("[data-outcome=won]").first().waitFor();
  await byId(page, "try-text").fill("优惠券发票");
  await byId(page, "try-run").click();
  await byId(page, "explanation").getByText("“优惠券发票”").waitFor();
  assert.ok((await byId(page, "candidates").locator("li").count()) > 1, "several candidates");
  await byId(page, "bands").waitFor();
  await pictures(page, "intents-2-try", both);
  await leave(page);
}

async function editsAndPublishes(world) {
  const page = await logIn(world, { path: "/intents/edit" });
  await fileRow(page, "returns.yaml").click();
  const good = await code(page).inputValue();
  const lines = good.split("\n");
  const at = lines.findIndex((line) => line.trim() === "phrasings:");
  lines[at] = lines[at].replace("phrasings", "phrasing");
  await code(page).fill(lines.join("\n"));
  await checked(page, false);
  const place = byId(page, "problems").getByText(`returns.yaml:${at + 1}:`).first();
  await place.waitFor();
  assert.ok(await byId(page, "publish").isDisabled(), "what has errors is not published");
  await pictures(page, "intents-3-error", both);
  await place.click();
  const cursor = await code(page).evaluate((box) => box.value.slice(0, box.selectionStart));
  assert.equal(cursor.split("\n").length, at + 1, "the problem leads to its line");
  await byId(page, "file-restore").click();

  const visitor = await visit(world);
  assert.doesNotMatch(await (await ask(visitor, question)).innerText(), /芝麻开门/);
  await newFile(page, path);
  await code(page).fill(file("芝麻开门"));
  await publish(page, "暗号");
  await published(page);
  assert.match(await (await ask(visitor, question)).innerText(), /芝麻开门/);
  await leave(page, visitor);
}

async function somebodyInBetween(world) {
  const [mine, theirs] = [
    await logIn(world, { path: `/intents/edit/${path}` }),
    await logIn(world, { path: `/intents/edit/${path}` }),
  ];
  await code(mine).fill(file("天王盖地虎"));
  await code(theirs).fill(file("宝塔镇河妖"));
  await publish(theirs, "先发布的");
  await published(theirs);
  await publish(mine, "后发布的");
  await byId(mine, "conflict").waitFor();
  await pictures(mine, "intents-4-conflict", both);
  const visitor = await visit(world);
  assert.match(await (await ask(visitor, question)).innerText(), /宝塔镇河妖/);
  await byId(mine, "conflict-go").click();
  await byId(mine, "conflict").waitFor({ state: "detached" });
  await byId(mine, "publish-now").click();
  await published(mine);
  assert.match(await (await ask(visitor, question)).innerText(), /天王盖地虎/);
  await leave(mine, theirs, visitor);
}

async function bringsBack(world) {
  const page = await logIn(world, { path: "/intents/versions" });
  await byId(page, "version-row").nth(3).waitFor();
  await pictures(page, "intents-5-versions", both);
  await page.locator("[data-testid=version-row][data-number='2']").click();
  await page.locator(`[data-testid=diff][data-path="${path}"]`).waitFor();
  await byId(page, "compare").selectOption("3");
  await byId(page, "diff").getByText("宝塔镇河妖").waitFor();
  await pictures(page, "intents-6-diff", both);
  await byId(page, "rollback").click();
  await byId(page, "rollback-dialog").locator("input[name=note]").fill("恢复");
  await byId(page, "rollback-yes").click();
  await byId(page, "rollback-dialog").waitFor({ state: "detached" });
  await page.locator("[data-testid=version-row][data-number='5']").waitFor();
  const visitor = await visit(world);
  assert.match(await (await ask(visitor, question)).innerText(), /芝麻开门/);
  await leave(page, visitor);
}

async function brokenOnTheServer(world) {
  const { service } = world;
  const page = await logIn(world, { path: "/intents" });
  await page.locator("[data-testid=intents-status][data-state=SERVING]").waitFor();
  writeFileSync(join(service.intents, path), "intents: [{ id: broken\n");
  await page.locator("[data-testid=intents-status][data-state=REFUSED]").waitFor();
  await byId(page, "problems").getByText(`${path}:`).first().waitFor();
  await pictures(page, "intents-7-refused", both);
  const visitor = await visit(world);
  assert.match(await (await ask(visitor, question)).innerText(), /芝麻开门/, "the old set serves");
  // The editor shows what is in the directory, with the error at its line.
  await byId(page, "problems").locator("button.place").first().click();
  await code(page).waitFor();
  assert.match(await code(page).inputValue(), /id: broken/, "what is on disk");
  await byId(page, "code-mark").first().waitFor();
  await pictures(page, "intents-8-broken", both);
  await code(page).fill(file("芝麻关门"));
  await publish(page, "改正坏掉的文件");
  await published(page);
  assert.match(await (await ask(visitor, question)).innerText(), /芝麻关门/, "published over it");

  // Or back to what serves.
  writeFileSync(join(service.intents, path), "intents: [{ id: broken\n");
  await byId(page, "refused-banner").waitFor();
  await byId(page, "refused-mend").click();
  await publish(page, "恢复坏掉的文件");
  await published(page);
  await byId(page, "refused-banner").waitFor({ state: "detached" });
  await go(page, "overview");
  await page.locator("[data-testid=intents-status][data-state=SERVING]").waitFor();
  await leave(page, visitor);
}

/** An evaluation gives way to everything else: on a busy machine it takes as long as it takes. */
async function asLongAsItMoves(page, wanted) {
  let [before, stillSeconds] = [undefined, 0];
  while (!(await wanted.isVisible())) {
    const now = await page.evaluate(() => document.querySelector("progress")?.value);
    stillSeconds = now === before ? stillSeconds + 1 : 0;
    assert.ok(stillSeconds < 300, `it has stood at ${now} for five minutes`);
    before = now;
    await page.waitForTimeout(1_000);
  }
}

async function evaluates(world) {
  const page = await logIn(world, { path: "/intents/evaluation" });
  await byId(page, "evaluate").click();
  await page.locator("progress").waitFor();
  await byId(page, "evaluation-cancel").click();
  await asLongAsItMoves(page, byId(page, "evaluation-cancelled"));
  await byId(page, "evaluate").click();
  await page.locator("progress").waitFor();
  await asLongAsItMoves(page, byId(page, "report"));
  await byId(page, "per-intent").locator("tbody tr").first().waitFor();
  await pictures(page, "intents-9-evaluation", both);
  await leave(page);
}

export default {
  "an admin sees what serves and has a sentence explained": opensAndExplains,
  "an admin edits the intents: errors beside lines, then published and answered": editsAndPublishes,
  "two admins edit the intents: nothing is overwritten unseen": somebodyInBetween,
  "an admin compares versions of the intents and brings one back": bringsBack,
  "a broken file of intents on the server is shown and mended": brokenOnTheServer,
  "an admin evaluates the intents": evaluates,
};
