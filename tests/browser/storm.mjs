// People write while the line to the service breaks: the SDK in a page of Chromium, and the widget, each
// seed over a line with a weather of its own. Then there is quiet, and the history is the same at both ends.
// `storms.mjs` plays as many seeds as one likes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { desktop, open } from "./browser.mjs";
import { Dice } from "./dice.mjs";
import { byId, leave, messages, say } from "./parts.mjs";
import { startService, withoutModel } from "./service.mjs";
import { runs } from "./storm-page.mjs";
import { layWeather } from "./weather.mjs";

const sdk = join(resolve(import.meta.dirname, "../../web"), "sdk/dist/kefu-sdk.min.js");
// One seed in so many is the widget's.
const WIDGETS = 8;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// A service that minds no crowd at one address, and notices soon who is gone.
export function stormService(host) {
  const settings = {
    ...withoutModel,
    KEFU_EDGE__WIDGET_ORIGINS: JSON.stringify([host.origin]),
    KEFU_EDGE__SESSIONS_PER_MINUTE_PER_IP: "1000000",
    KEFU_EDGE__HEARTBEAT_S: "1",
  };
  return startService({ settings, listen: "127.0.0.1:0" });
}

// A page that has the SDK, and nothing else of the product.
export async function sdkPage({ browser, host }) {
  const view = { viewport: desktop, language: "zh", theme: "light", problems: [] };
  const page = await open(browser, host.origin + host.page({ script: "" }), view);
  await page.evaluate(`window.runsOf = ${runs}`);
  await page.evaluate(async (code) => {
    const module = new Blob([code], { type: "text/javascript" });
    window.runs = window.runsOf(await import(URL.createObjectURL(module)));
  }, readFileSync(sdk, "utf8"));
  return page;
}

// What is written when, and after which of it the program is started anew.
function script(dice) {
  const steps = Array.from({ length: dice.between(8, 16) }, (_, step) => ({
    afterMs: dice.between(5, 300),
    texts: Array.from({ length: dice.chance(0.25) ? 3 : 1 }, (_, each) => `${step}.${each}`),
    anew: dice.chance(0.1),
  }));
  return { steps, transports: dice.pick([["websocket"], ["sse"], ["poll"], ["websocket", "sse", "poll"]]) };
}

// `there` is what the service has, `here` what the client shows.
function same({ here, there, said, waiting }) {
  const own = there.filter(({ clientId }) => clientId).map(({ text }) => text);
  assert.deepEqual(own, said, "once each, as written");
  const seqs = there.map(({ seq }) => seq);
  assert.deepEqual(seqs, seqs.map((_, index) => index + 1), "numbered without a gap");
  assert.deepEqual(here.slice(0, there.length), there, "the history is the same at both ends");
  assert.deepEqual(waiting, [], "nothing waits any more");
}

// The SDK in the page that all seeds share.
async function bySdk({ service, page, planted = false }, seed) {
  const dice = new Dice(seed);
  const play = script(dice);
  const line = await layWeather(service.origin, dice);
  try {
    const given = { seed, line: line.origin, direct: service.origin, planted, ...play };
    await page.evaluate((all) => window.runs.begin(all), given);
    line.storm();
    await page.evaluate((which) => window.runs.talk(which), seed);
    line.calm();
    same(await page.evaluate((which) => window.runs.settle(which), seed));
  } finally {
    await page.evaluate((which) => window.runs.end(which), seed).catch(() => undefined);
    line.close();
  }
}

// What the service has of the visitor's words.
async function storedBy(service, token, id) {
  const all = [];
  for (;;) {
    const after = all.at(-1)?.seq ?? 0;
    const path = `/api/v1/conversations/${id}/messages?after_seq=${after}&limit=50`;
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(service.origin + path, { headers });
    assert.equal(answer.status, 200);
    const { messages: page = [] } = await answer.json();
    if (page.length === 0) return all.filter(({ clientId }) => clientId).map(({ body }) => body.text.text);
    all.push(...page);
  }
}

// The widget in a page of its own, as visitors use it.
async function byWidget({ browser, host, service }, seed) {
  const dice = new Dice(seed);
  const { steps } = script(dice);
  const line = await layWeather(service.origin, dice);
  const tag = `<script src="${line.origin}/widget.js" async></script>`;
  // A line that breaks is an error to the browser.
  const view = { viewport: desktop, language: "zh", theme: "light", problems: [] };
  const page = await open(browser, host.origin + host.page({ script: tag }), view);
  try {
    await byId(page, "widget-launcher").click();
    await page.locator("[data-testid=connection][data-state=open]").waitFor();
    line.storm();
    const said = steps.flatMap(({ texts }) => texts);
    for (const { afterMs, texts } of steps) {
      await pause(afterMs);
      for (const text of texts) await say(page, `第${text}句`);
    }
    line.calm();
    const all = messages(page, "visitor");
    await all.nth(said.length - 1).waitFor();
    await all.and(page.locator("[data-state=sending]")).first().waitFor({ state: "detached" });
    const { token, conversationId } = await page.evaluate(() =>
      JSON.parse(localStorage.getItem("kefu.visitor")),
    );
    const there = await storedBy(service, token, conversationId);
    assert.deepEqual(there, said.map((text) => `第${text}句`), "once each, as written");
    const shown = await all.allInnerTexts();
    assert.deepEqual(
      shown.map((text) => text.match(/第[\d.]+句/)?.[0]),
      there,
      "the history is the same at both ends",
    );
  } finally {
    await leave(page);
    line.close();
  }
}

// Plays these seeds, some at a time, up to the first one that breaks a promise; which, and why.
export async function storms(world, { seeds, atOnce, planted = false, onplayed = () => undefined }) {
  const left = [...seeds];
  let broken;
  const worker = async () => {
    for (let seed = left.shift(); seed !== undefined && !broken; seed = left.shift()) {
      const widget = !planted && seed % WIDGETS === 0;
      try {
        await (widget ? byWidget(world, seed) : bySdk({ ...world, planted }, seed));
        onplayed(seed);
      } catch (error) {
        broken ??= { seed, error };
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return broken;
}

async function play({ browser, host }) {
  const service = await stormService(host);
  const page = await sdkPage({ browser, host });
  const world = { browser, host, service, page };
  const upTo = (count) => Array.from({ length: count }, (_, at) => at + 1);
  try {
    const broken = await storms(world, { seeds: upTo(16), atOnce: 8 });
    const again = `node tests/browser/storms.mjs --seed ${broken?.seed}`;
    assert.equal(broken, undefined, `${again}: ${broken?.error.stack}`);
    // A client that sends again under another id must be found out.
    assert.ok(await storms(world, { seeds: upTo(8), atOnce: 8, planted: true }), "the check sees a double");
  } finally {
    await leave(page);
    await service.stop();
  }
}

export default { "sends while the line breaks, by seeds; both ends have one history": play };
