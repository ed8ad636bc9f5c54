// What axe finds in a page.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const require = createRequire(resolve(import.meta.dirname, "../../web/package.json"));
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

// All of it, as words for whoever reads the failure. The pages' policy allows no script from
// elsewhere; a debugger may evaluate one.
export async function findings(page) {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    // Colours on their way to what they will be are no finding.
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const ends = ({ effect }) => Number.isFinite(effect?.getComputedTiming().endTime);
    await Promise.allSettled(document.getAnimations().filter(ends).map((each) => each.finished));
    const { violations } = await window.axe.run(document, { resultTypes: ["violations"] });
    const where = ({ html, target }) => `${JSON.stringify(target)} ${html}`;
    return violations.map(({ id, help, nodes }) => `${id}: ${help} ${nodes.map(where)}`);
  });
}
