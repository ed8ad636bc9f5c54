// As many seeds of `storm.mjs` as one likes:
//
//   node tests/browser/storms.mjs --seeds 5000             from the first one on
//   node tests/browser/storms.mjs --seed 37                that one alone
//   node tests/browser/storms.mjs --seeds 50 --planted     a client that doubles what it sends again
//
// Stops at the first seed that breaks a promise, and says how to play it again. `--at-once` says how many
// are played beside each other (8). What the dice say is the same each time; processes take their own time.
import { parseArgs } from "node:util";
import { launch } from "./browser.mjs";
import { startHost } from "./host.mjs";
import { leave } from "./parts.mjs";
import { sdkPage, stormService, storms } from "./storm.mjs";

// Pages grow old: seeds that one of them plays.
const BATCH = 250;

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    seeds: { type: "string", default: "1" },
    "at-once": { type: "string", default: "8" },
    planted: { type: "boolean", default: false },
  },
});
const [first, count, atOnce] = [values.seed, values.seeds, values["at-once"]].map(Number);
if (![first, count, atOnce].every((number) => Number.isInteger(number) && number > 0)) {
  console.error("--seed, --seeds and --at-once are whole numbers from 1 on");
  process.exit(2);
}

const host = await startHost();
const service = await stormService(host);
const browser = await launch();
let played = 0;
let broken;
try {
  for (let from = first; from < first + count && !broken; from += BATCH) {
    const seeds = Array.from({ length: Math.min(BATCH, first + count - from) }, (_, at) => from + at);
    const page = await sdkPage({ browser, host });
    const onplayed = () => (played += 1);
    const { planted } = values;
    broken = await storms({ browser, host, service, page }, { seeds, atOnce, planted, onplayed });
    await leave(page);
    console.log(`${played} of ${count} seeds`);
  }
} finally {
  await browser.close();
  host.close();
  await service.stop();
}
if (broken) {
  const more = values.planted ? " --planted" : "";
  console.log(`FAIL seed ${broken.seed}\n${broken.error.stack}`);
  console.log(`again: node tests/browser/storms.mjs --seed ${broken.seed}${more}`);
}
process.exit(broken ? 1 : 0);
