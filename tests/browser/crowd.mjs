// A thousand conversations in one list: only what is near the eye is made, keys go through them in
// order, and a search finds one of them.
import assert from "node:assert/strict";
import { byId, leave, logIn, password } from "./parts.mjs";
import { pictures } from "./pictures.mjs";
import { startService, withoutModel } from "./service.mjs";

const CROWD = 1_000;
const AT_ONCE = 20;

async function post(service, path, body, token) {
  const headers = { "content-type": "application/json" };
  if (token) headers.authorization = `Bearer ${token}`;
  const answer = await fetch(`${service.origin}/api/v1${path}`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
  return answer.json();
}

async function comes(service, n) {
  await post(service, "/visitor/session", { language: "zh", name: `访客甲${n}` });
}

async function play(world) {
  const settings = { ...withoutModel, KEFU_EDGE__SESSIONS_PER_MINUTE_PER_IP: "100000" };
  const service = await startService({ settings, listen: "127.0.0.1:0" });
  const own = { ...world, service: { ...service, base: service.origin } };
  try {
    const token = service.setup.match(/token=([^&]+)/)[1];
    await post(service, "/setup", { token, login: "admin", name: "小林", password });
    for (let n = 0; n < CROWD; n += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, (_, at) => comes(service, n + at)));
    }
    const agent = await logIn(own, {});
    await byId(agent, "conv-tab-bot").click();
    const list = byId(agent, "conv-list-bot");
    await agent.waitForFunction(
      (all) => document.querySelector("[data-testid=conv-list-bot]")?.dataset.total === String(all),
      CROWD,
    );
    await byId(agent, "conv-row").first().waitFor();
    const made = () => byId(agent, "conv-row").count();
    assert.ok((await made()) < CROWD / 4, `${await made()} rows are made`);
    await pictures(agent, "crowd-1", { languages: ["zh"], widths: [1440] });

    // To the end and back: the last one is there, and the first ones are gone meanwhile.
    await list.evaluate((it) => it.scrollTo(0, it.scrollHeight));
    await byId(agent, "conv-row").filter({ hasText: "访客甲0" }).first().waitFor();
    assert.ok((await made()) < CROWD / 4, `${await made()} rows are made at the end`);
    await list.evaluate((it) => it.scrollTo(0, 0));
    await byId(agent, "conv-row").filter({ hasText: `访客甲${CROWD - 1}` }).first().waitFor();

    // Keys go from row to row, and what they lead to is in sight.
    for (let step = 0; step < 40; step += 1) await agent.keyboard.press("Alt+ArrowDown");
    const current = agent.locator("[data-testid=conv-row][aria-current=true]");
    await current.waitFor();
    await agent.waitForFunction(() => {
      const row = document.querySelector("[data-testid=conv-row][aria-current=true]");
      const list = document.querySelector("[data-testid=conv-list-bot]");
      if (!row || !list) return false;
      const [at, frame] = [row.getBoundingClientRect(), list.getBoundingClientRect()];
      return at.top >= frame.top - 1 && at.bottom <= frame.bottom + 1;
    });

    const search = agent.getByPlaceholder("搜索访客或内容");
    await search.fill("访客甲777");
    await agent.waitForFunction(
      () => document.querySelector("[data-testid=conv-list-bot]")?.dataset.total === "1",
    );
    await byId(agent, "conv-row").filter({ hasText: "访客甲777" }).waitFor();
    await leave(agent);
  } finally {
    assert.equal(await service.stop(), 0);
  }
}

export default { "a thousand conversations in a list": play };
