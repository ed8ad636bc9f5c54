// Plays the product's stories in real windows against the real service. Leaves pictures in
// tests/browser/out/: look at them. A word as argument plays only the tests that have it in their
// names (and the first one, without which there is nobody to log in). Ends with a line that counts.
import assert from "node:assert/strict";
import { join } from "node:path";
import admin from "./admin.mjs";
import assist from "./assist.mjs";
import board from "./board.mjs";
import { launch } from "./browser.mjs";
import closing from "./closing.mjs";
import day from "./day.mjs";
import { always, first } from "./door.mjs";
import crowd from "./crowd.mjs";
import drafts from "./drafts.mjs";
import identity, { IDENTITY_KEYS, SHOP_SECRET } from "./identity.mjs";
import intents from "./intents.mjs";
import canned from "./canned.mjs";
import { startHost } from "./host.mjs";
import left, { calendars } from "./left.mjs";
import media from "./media.mjs";
import notes from "./notes.mjs";
import { out } from "./pictures.mjs";
import sdk from "./sdk.mjs";
import search from "./search.mjs";
import profile from "./profile.mjs";
import { startService } from "./service.mjs";
import storm from "./storm.mjs";
import story from "./story.mjs";
import supervisor from "./supervisor.mjs";
import sync from "./sync.mjs";
import tabs from "./tabs.mjs";
import widget from "./widget.mjs";
import hosts from "./widget-hosts.mjs";
import words from "./words.mjs";
import widgetPhone from "./widget-phone.mjs";

const wanted = process.argv[2] ?? "";
const rest = Object.entries({ ...story, ...sync, ...tabs, ...admin, ...supervisor, ...intents, ...search, ...notes, ...canned, ...drafts, ...profile, ...assist, ...crowd, ...media, ...words, ...closing, ...left, ...board, ...day, ...sdk, ...storm, ...widget, ...hosts, ...widgetPhone, ...identity, ...always });
const tests = [...Object.entries(first), ...rest.filter(([name]) => name.includes(wanted))];

async function failed(number, name, error, browser) {
  console.log(`FAIL ${name}\n${error.stack ?? error}`);
  for (const [at, page] of browser.contexts().flatMap((c) => c.pages()).entries()) {
    await page.screenshot({ path: join(out, `failed-${number}-${at}.png`) }).catch(() => {});
    await page.context().close();
  }
}

async function main() {
  const host = await startHost();
  const settings = {
    KEFU_EDGE__WIDGET_ORIGINS: JSON.stringify([host.origin]),
    KEFU_HOURS__CALENDARS: calendars(),
    KEFU_IDENTITY__KEYS: IDENTITY_KEYS,
    SHOP_SECRET,
  };
  const service = await startService({ settings });
  const browser = await launch();
  let failures = 0;
  try {
    for (const [name, body] of tests) {
      const problems = [];
      try {
        await body({ browser, service, host, problems });
        assert.deepEqual(problems, [], "the pages reported errors");
        console.log(`ok   ${name}`);
      } catch (error) {
        failures += 1;
        await failed(failures, name, error, browser);
      }
    }
  } finally {
    await browser.close();
    host.close();
    const code = await service.stop();
    if (code !== 0) {
      failures += 1;
      console.log(`FAIL the service ended with ${code}\n${service.log()}`);
    }
  }
  console.log(`${tests.length - failures} passed, ${failures} failed`);
  return failures === 0 ? 0 : 1;
}

// At once: left to end by itself, Node 20 was seen to turn for ever over the handles it closes.
process.exit(await main());
