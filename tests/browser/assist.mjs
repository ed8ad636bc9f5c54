// A visitor writes, the bot proposes, the agent sends: by a key as it is, or taken into the box and
// changed. What was taken is counted for the admin. Beside it what else the details show of a visitor,
// and the emoji, by keys alone.
import assert from "node:assert/strict";
import { findings } from "./axe.mjs";
import { answered, byId, leave, logIn, messages, say, visit } from "./parts.mjs";
import { pictures } from "./pictures.mjs";

const both = { languages: ["zh", "en"], widths: [1440] };

// Sizes at which agents work, besides a desk's own.
const SCREENS = [
  { width: 1280, height: 800 },
  { width: 1024, height: 768 },
  { width: 820, height: 1180 },
];

async function play(world) {
  const agent = await logIn(world, {});
  await byId(agent, "status-select").selectOption("free");
  const visitor = await visit(world);
  await say(visitor, "转人工");
  await byId(agent, "conv-tab-serving").click();
  await byId(agent, "conv-row").first().click();
  await byId(agent, "agent-composer").waitFor();

  await say(visitor, "我要退货");
  await byId(agent, "assist").waitFor();
  const count = await byId(agent, "assist-send").count();
  assert.ok(count >= 1 && count <= 4, `${count} proposals`);
  await pictures(agent, "assist-1-proposed", both);
  assert.deepEqual(await findings(agent), []);
  const before = await messages(visitor, "bot").count();

  // Into the box, changed, and sent.
  await byId(agent, "assist-edit").first().click();
  const box = byId(agent, "agent-composer");
  const text = await box.inputValue();
  assert.notEqual(text, "", "the proposal is in the box");
  await box.press("End");
  await box.pressSequentially("（亲）");
  await box.press("Enter");
  await answered(visitor, "agent", "（亲）");
  await byId(agent, "assist").waitFor({ state: "detached" });
  await byId(agent, "taken").waitFor();

  // By a key, as it is.
  await say(visitor, "退款多久到账");
  await byId(agent, "assist").waitFor();
  const proposed = await byId(agent, "assist-send").first().locator(".text").innerText();
  await agent.keyboard.press("Alt+Shift+Digit1");
  await answered(visitor, "agent", proposed.split("\n")[0]);
  await byId(agent, "taken").nth(1).waitFor();
  assert.equal(await messages(visitor, "bot").count(), before, "the bot itself says nothing");
  assert.equal(await byId(visitor, "taken").count(), 0);

  // Where the visitor is, earlier talks, and where orders will stand.
  await byId(agent, "trail-page").first().waitFor();
  await byId(agent, "orders").waitFor();

  // An emoji by keys: opened, walked to, chosen, and in the box.
  await byId(agent, "emoji-open").focus();
  for (const key of ["Enter", "ArrowRight", "Enter"]) await agent.keyboard.press(key);
  await byId(agent, "emoji-panel").waitFor({ state: "detached" });
  assert.notEqual(await box.inputValue(), "", "the emoji is in the box");
  await box.fill("");

  for (const size of SCREENS) {
    await agent.setViewportSize(size);
    await box.waitFor();
    const { scroll, client } = await agent.evaluate(() => ({
      scroll: document.documentElement.scrollWidth,
      client: document.documentElement.clientWidth,
    }));
    assert.ok(scroll <= client, `nothing runs out of ${size.width} px`);
  }
  await agent.setViewportSize({ width: 1440, height: 900 });

  await byId(agent, "action-end").click();
  await byId(agent, "action-finish").click();
  await byId(agent, "action-finish").waitFor({ state: "detached" });
  await byId(agent, "nav-intents").click();
  const counts = byId(agent, "assist-counts");
  await counts.waitFor();
  const taken = await counts.getByTestId("assist-count-taken").allInnerTexts();
  assert.equal(taken.reduce((sum, each) => sum + Number(each), 0), 2);
  await pictures(agent, "assist-2-counts", both);
  assert.deepEqual(await findings(agent), []);
  await leave(agent, visitor);
}

export default { "the bot proposes, the agent sends, and it is counted": play };
