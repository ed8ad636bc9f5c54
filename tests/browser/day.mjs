// A day in minutes: three agents, a supervisor and ten visitors at once. The rush, a laptop that is closed,
// a talk that goes from hand to hand, two who grab the same, the evening, and who comes after it. Eight of the
// visitors are programs with the SDK. A station is a function of the day; the next ones (a message left
// out of hours, the board) go where it is said below.
import assert from "node:assert/strict";
import { answered, byId, leave, say, visit } from "./parts.mjs";
import { conversationOf, opensUp, programs, sitsDown, until } from "./day-people.mjs";
import { pictures } from "./pictures.mjs";
import { startService, withoutModel } from "./service.mjs";

const wide = { languages: ["zh", "en"], widths: [1440] };
const both = { languages: ["zh", "en"] };
const SLOTS = 6; // three agents, two each

const isQueued = (head) => head.phase === "PHASE_QUEUED";
const isServed = (head) => head.phase === "PHASE_SERVING";
const ownedBy = (agent) => (head) => isServed(head) && head.agentId === agent.id;
const row = (page, id) => page.locator(`[data-testid=conv-row][data-id="${id}"]`);

async function opens(browser) {
  const settings = {
    ...withoutModel,
    // A laptop that was closed is noticed within the test; the night comes by hand.
    KEFU_CHAT__AGENT_GRACE_S: "3",
    KEFU_CHAT__WRAP_UP_S: "3600",
    // The service is asked again and again, under one session.
    KEFU_EDGE__REQUESTS_PER_MINUTE_PER_SESSION: "1000000",
  };
  const service = await startService({ settings, listen: "127.0.0.1:0" });
  const world = { browser, service, problems: [] };
  const admin = await opensUp(service);
  const agents = [];
  for (const [login, name] of [["an.li", "李安"], ["bo.wu", "吴波"], ["chen.zhao", "赵晨"]]) {
    const agent = await admin.hires(login, name, "ROLE_AGENT", 2);
    agents.push(await sitsDown(world, agent));
  }
  const supervisor = await sitsDown(world, await admin.hires("ding.ban", "丁班长", "ROLE_SUPERVISOR", 1));
  await byId(supervisor.page, "status-select").selectOption("away");
  for (const { page } of agents) await byId(page, "status-select").selectOption("free");
  return { world, admin, agents, supervisor, visitors: [], tabs: [] };
}

// Ten ask for a person: as many are served as there is room, the others know their places.
async function rush(day) {
  const { world, admin, agents, supervisor } = day;
  day.visitors = await programs(world.service, 8);
  await Promise.all(day.visitors.map((visitor) => visitor.asks()));
  const ids = day.visitors.map(({ id }) => id);
  const served = async () => (await admin.heads(ids)).filter(isServed).length === SLOTS;
  await until(served, "six of eight are served");
  for (const place of [3, 4]) {
    const page = await visit(world);
    await say(page, "转人工");
    await byId(page, "queue-banner").filter({ hasText: String(place) }).waitFor();
    day.tabs.push({ page, id: await conversationOf(page) });
  }
  const heads = await admin.heads([...ids, ...day.tabs.map(({ id }) => id)]);
  const places = heads.filter(isQueued).map(({ queuePosition }) => queuePosition);
  assert.deepEqual(places.sort(), [1, 2, 3, 4], "each has a place of their own");
  for (const agent of agents) {
    assert.equal(heads.filter(ownedBy(agent)).length, 2, `${agent.name} has as many as they may`);
  }
  await byId(supervisor.page, "conv-tab-queued").click();
  await byId(supervisor.page, "conv-row").nth(3).waitFor();
  await pictures(supervisor.page, "day-1-rush-supervisor", wide);
  await byId(agents[0].page, "conv-tab-serving").click();
  await byId(agents[0].page, "conv-row").nth(1).waitFor();
  await pictures(agents[0].page, "day-1-rush-agent", both);
  await pictures(day.tabs[0].page, "day-1-rush-visitor", both);
}

// An agent closes the laptop: after the grace theirs are at the front of the line, and theirs again
// when they are back.
async function laptop(day) {
  const { world, admin, agents, supervisor } = day;
  const [an] = agents;
  const ids = day.visitors.map(({ id }) => id);
  const theirs = (await admin.heads(ids)).filter(ownedBy(an)).map(({ id }) => id);
  await an.page.context().close();
  for (const id of theirs) await admin.headIs(id, isQueued, "it waits again");
  const places = (await admin.heads(theirs)).map(({ queuePosition }) => queuePosition);
  assert.deepEqual(places.sort(), [1, 2], "at the front");
  await byId(day.tabs[0].page, "queue-banner").filter({ hasText: "5" }).waitFor();
  await byId(supervisor.page, "conv-row").nth(5).waitFor();
  await pictures(supervisor.page, "day-2-laptop-supervisor", wide);
  await pictures(day.tabs[0].page, "day-2-laptop-visitor", both);
  await sitsDown(world, an);
  for (const id of theirs) await admin.headIs(id, ownedBy(an), "back with the same agent");
}

// Everything but these is ended by hand, until nobody else is served or waits.
async function workedOff(day, but = []) {
  const { admin } = day;
  const ids = [...day.visitors, ...day.tabs].map(({ id }) => id).filter((id) => !but.includes(id));
  await until(async () => {
    const heads = await admin.heads(ids);
    for (const { id, phase } of heads) {
      if (phase === "PHASE_SERVING") await admin.act(id, "ACTION_END");
      if (phase === "PHASE_SERVING" || phase === "PHASE_WRAP_UP") await admin.act(id, "ACTION_FINISH");
    }
    return heads.every(({ phase }) => phase === "PHASE_CLOSED" || phase === "PHASE_BOT");
  }, "the others are worked off");
}

async function handsOver(from, id, choice) {
  await byId(from.page, "conv-tab-serving").click();
  await row(from.page, id).click();
  await byId(from.page, "action-transfer").click();
  await from.page.locator(choice).click();
  await byId(from.page, "transfer-submit").click();
}

// From one agent to the next, to the third, and back into the line, where somebody takes it; the visitor
// is in one talk all the time.
async function chain(day) {
  const { admin, agents } = day;
  const [{ page: visitor, id }] = day.tabs;
  await workedOff(day, day.tabs.map((tab) => tab.id));
  const { agentId } = await admin.headIs(id, isServed, "the visitor is served");
  const first = agents.find((agent) => agent.id === agentId);
  const [second, third] = agents.filter((agent) => agent !== first);
  await handsOver(first, id, `[data-testid=transfer-agent][data-id="${second.id}"]`);
  await admin.headIs(id, ownedBy(second), "the second has it");
  await handsOver(second, id, `[data-testid=transfer-agent][data-id="${third.id}"]`);
  const { version } = await admin.headIs(id, ownedBy(third), "the third has it");
  await pictures(third.page, "day-3-chain-agent", wide);
  await handsOver(third, id, "[data-testid=transfer-queue]");
  const again = (head) => isServed(head) && BigInt(head.version) >= BigInt(version) + 2n;
  const head = await admin.headIs(id, again, "out of the line somebody has it");
  const last = agents.find((agent) => agent.id === head.agentId);
  await byId(last.page, "conv-tab-serving").click();
  await row(last.page, id).click();
  await byId(last.page, "agent-composer").fill("您好，现在由我来处理");
  await byId(last.page, "agent-send").click();
  await answered(visitor, "agent", "您好，现在由我来处理");
  await pictures(visitor, "day-3-chain-visitor", both);
}

// Both press the button before either has an answer: one has it, the other is told why not.
async function grab(day) {
  const { world, admin, agents } = day;
  const [, bo, chen] = agents;
  await workedOff(day);
  for (const { page } of agents) await byId(page, "status-select").selectOption("away");
  await admin.everybodyIs("AGENT_STATUS_AWAY");
  const [visitor] = await programs(world.service, 1);
  day.visitors.push(visitor);
  await visitor.asks();
  await admin.headIs(visitor.id, isQueued, "it waits");
  let [pressed, release] = [0, () => {}];
  const all = new Promise((done) => (release = done));
  for (const { page } of [bo, chen]) {
    await byId(page, "conv-tab-queued").click();
    await row(page, visitor.id).click();
    await byId(page, "action-claim").waitFor();
    await page.route("**/actions", async (route) => {
      pressed += 1;
      if (pressed === 2) release();
      await all;
      await route.continue();
    });
  }
  const answers = [bo, chen].map(({ page }) => page.waitForResponse((got) => got.url().endsWith("/actions")));
  await Promise.all([bo, chen].map(({ page }) => byId(page, "action-claim").click()));
  const statuses = (await Promise.all(answers)).map((got) => got.status());
  assert.deepEqual([...statuses].sort(), [200, 409], "exactly one has it");
  const [winner, loser] = statuses[0] === 200 ? [bo, chen] : [chen, bo];
  assert.equal((await admin.head(visitor.id)).agentId, winner.id);
  await byId(winner.page, "agent-composer").waitFor();
  await byId(loser.page, "toast").first().waitFor();
  assert.equal(await byId(loser.page, "agent-composer").count(), 0, "nobody writes into another's talk");
  assert.equal(await byId(loser.page, "action-claim").count(), 0, "what is refused is not offered again");
  await pictures(loser.page, "day-4-grab-loser", { ...wide, toasts: true });
  await pictures(winner.page, "day-4-grab-winner", wide);
  for (const { page } of [bo, chen]) await page.unroute("**/actions");
}

// The line is empty, and the supervisor sees what the day was. The board's pictures go here.
async function evening(day) {
  const { supervisor } = day;
  await workedOff(day);
  await byId(supervisor.page, "conv-tab-queued").click();
  await byId(supervisor.page, "conv-row").first().waitFor({ state: "detached" });
  await byId(supervisor.page, "conv-tab-closed").click();
  await byId(supervisor.page, "conv-row").first().waitFor();
  await pictures(supervisor.page, "day-5-evening", wide);
}

async function play({ browser, problems }) {
  const day = await opens(browser);
  try {
    for (const station of [rush, laptop, chain, grab, evening]) await station(day);
    const people = [...day.agents, day.supervisor, ...day.tabs];
    await leave(...people.map(({ page }) => page));
  } finally {
    // What is open when something fails is photographed.
    for (const visitor of day.visitors) visitor.stop();
    await day.world.service.stop();
  }
  problems.push(...day.world.problems);
}

// A house whose week has no shift: whoever asks for a person is told, and waits in line for when there is
// one. A message that is left instead goes here.
async function closed({ browser, problems }) {
  const days = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
  const settings = { ...withoutModel, KEFU_HOURS__ENABLED: "true" };
  for (const name of days) settings[`KEFU_HOURS__WEEK__${name}`] = "[]";
  const service = await startService({ settings, listen: "127.0.0.1:0" });
  const visitor = await visit({ browser, service, problems });
  try {
    await say(visitor, "转人工");
    await visitor.getByText("现在是非工作时间").first().waitFor();
    await byId(visitor, "queue-banner").waitFor();
    await pictures(visitor, "day-6-closed", both);
    await leave(visitor);
  } finally {
    await service.stop();
  }
}

export default {
  "a day: the rush, a closed laptop, a chain of hands, two who grab the same, the evening": play,
  "a day: who comes out of hours is told so": closed,
};
