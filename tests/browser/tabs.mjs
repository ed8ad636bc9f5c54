// Two tabs of one visitor: a draft is in both, and what one tab could not send the other one does.
import assert from "node:assert/strict";
import { layLine } from "./line.mjs";
import { byId, leave, messages, visit } from "./parts.mjs";
import { pictures } from "./pictures.mjs";

const said = (page, text) => messages(page, "visitor").filter({ hasText: text });

const hasDraft = (page, text) =>
  page.waitForFunction(
    (wanted) => document.querySelector("[data-testid=composer]").value === wanted,
    text,
  );

async function stored(page, text) {
  await page.waitForFunction((wanted) => {
    const rows = [...document.querySelectorAll("[data-testid=message][data-sender=visitor]")];
    return rows.some((row) => row.textContent.includes(wanted) && row.dataset.seq);
  }, text);
}

export default {
  async "two tabs share a draft, and what waits in one that is closed"({ browser, service }) {
    const line = await layLine(service.base);
    // The line is broken on purpose; the browser reports that as errors of its own.
    const world = { browser, service: { ...service, base: line.origin }, problems: [] };
    const one = await visit(world);
    const two = await one.context().newPage();
    await two.goto(`${line.origin}/`);
    await byId(two, "composer").waitFor();
    for (const page of [one, two]) {
      await page.waitForFunction(() => localStorage.getItem("kefu.visitor"));
    }
    const ids = await Promise.all(
      [one, two].map((page) => page.evaluate(() => localStorage.getItem("kefu.visitor"))),
    );
    assert.equal(ids[0], ids[1], "both are one visitor");

    await byId(one, "composer").fill("我想问");
    await hasDraft(two, "我想问");
    await one.reload();
    await hasDraft(one, "我想问");

    // From now on nothing gets through, and nobody is told.
    await one.waitForTimeout(500);
    line.swallow(true);
    await byId(one, "composer").fill("我想问一下订单");
    await byId(one, "composer").press("Enter");
    await said(two, "我想问一下订单").waitFor();
    await hasDraft(two, "");
    await pictures(two, "tabs-1-waiting");
    await one.close();
    line.swallow(false);
    line.cut();
    await stored(two, "我想问一下订单");
    assert.equal(await said(two, "我想问一下订单").count(), 1, "it is there once");
    await two.reload();
    await stored(two, "我想问一下订单");
    assert.equal(await said(two, "我想问一下订单").count(), 1, "it is stored once");
    await pictures(two, "tabs-2-sent");
    await leave(two);
    line.close();
  },
};
