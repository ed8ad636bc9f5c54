// Visitors whom the shop names, in the widget: the same conversation on another device, another person at
// the same browser, logging out, and a token that is not believed. And the rating of a talk in there.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { answered, byId, leave, logIn, messages, say } from "./parts.mjs";
import { atShop, openPanel, shot } from "./widget.mjs";

export const SHOP_SECRET = "0123456789abcdef0123456789abcdef";
export const IDENTITY_KEYS = '[{algorithm="HS256",env="SHOP_SECRET"}]';

let signed = 0;

// As the shop's server signs it when it renders the page.
function token(sub, more = {}) {
  const iat = Math.floor(Date.now() / 1000);
  signed += 1;
  const claims = { sub, jti: `browser-${signed}`, aud: "default", iat, exp: iat + 300, ...more };
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const bytes = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${bytes}.${createHmac("sha256", SHOP_SECRET).update(bytes).digest("base64url")}`;
}

const named = (sub, more) => ({ attributes: `data-identity="${token(sub, more)}"` });
const says = (page, sub) =>
  page.evaluate((now) => {
    const widget = document.querySelector("kefu-widget");
    if (now) widget.setAttribute("data-identity", now);
    else widget.removeAttribute("data-identity");
  }, sub && token(sub));
const kept = (page, key) => page.evaluate((name) => localStorage.getItem(name), key);
const mine = (page, text) => messages(page, "visitor").filter({ hasText: text });
const isRead = (page, text) => mine(page, text).and(page.locator("[data-state=read]")).waitFor();
const isGone = (page, text) => mine(page, text).waitFor({ state: "detached" });

// After a page has come anew: whether the panel stands open is there as soon as its button is.
async function isOpen(page) {
  const launcher = byId(page, "widget-launcher");
  await launcher.waitFor();
  if ((await launcher.getAttribute("aria-expanded")) === "false") await launcher.click();
  await byId(page, "composer").waitFor();
}

// All that the browser keeps of conversations and of who has them.
const keptOf = (page) =>
  page.evaluate(() =>
    Object.keys(localStorage).filter((key) => /^kefu\.(named|outbox|draft)/.test(key)),
  );

async function people(world) {
  const phone = await atShop(world, named("kunde-1", { name: "王小明" }));
  await openPanel(phone);
  await say(phone, "我要退货");
  await isRead(phone, "我要退货");
  await phone.reload();
  await isOpen(phone);
  await mine(phone, "我要退货").waitFor();

  const desk = await atShop(world, named("kunde-1"));
  await openPanel(desk);
  await mine(desk, "我要退货").waitFor();
  await say(desk, "订单到哪了");
  await mine(phone, "订单到哪了").waitFor();

  // Somebody else at the same browser, then nobody whom the shop knows.
  await says(desk, "kunde-2");
  await isGone(desk, "我要退货");
  await say(desk, "你好");
  await isRead(desk, "你好");
  await byId(desk, "composer").fill("我的地址是");
  await says(desk, undefined);
  await isGone(desk, "你好");
  assert.equal(await byId(desk, "composer").inputValue(), "", "nor what was begun");
  await desk.waitForFunction(() => localStorage.getItem("kefu.visitor") !== null);
  assert.deepEqual(await keptOf(desk), [], "the browser keeps nothing of who has left");
  await say(desk, "匿名");
  await isRead(desk, "匿名");
  assert.equal(await mine(desk, "你好").count(), 0, "it does not come back");
  await says(desk, "kunde-1");
  await mine(desk, "订单到哪了").waitFor();
  assert.equal(await mine(desk, "匿名").count(), 0, "what was said without a name stays apart");
  assert.ok(await kept(desk, "kefu.visitor"), "and is kept");
  await leave(phone, desk);
}

async function refused(world) {
  // The browser reports the refusal as an error of its own.
  const old = { iat: 1_700_000_000, exp: 1_700_000_300 };
  const page = await atShop(world, { ...named("kunde-3", old), noise: [] });
  await page.evaluate(() => {
    const widget = document.querySelector("kefu-widget");
    widget.addEventListener("kefu-identity", ({ detail }) => (window.refused = detail));
  });
  await openPanel(page);
  await page.waitForFunction(() => window.refused === "identity_expired");
  await page.getByRole("alert").filter({ hasText: "登录信息" }).waitFor();
  await shot(page, "identity-refused");
  await says(page, "kunde-3");
  await page.locator("[data-testid=connection][data-state=open]").waitFor();
  await say(page, "我要退货");
  await isRead(page, "我要退货");
  await leave(page);
}

async function inAFrame(world) {
  const page = await atShop(world, {
    attributes: `data-mode="frame" data-identity="${token("kunde-4")}"`,
  });
  await byId(page, "widget-launcher").click();
  const frame = page.frameLocator("kefu-widget iframe.inside");
  await frame.getByTestId("composer").fill("我要退货");
  await frame.getByTestId("send").click();
  const said = frame.getByTestId("message").filter({ hasText: "我要退货" });
  await said.and(frame.locator("[data-state=read]")).waitFor();
  const other = await atShop(world, named("kunde-4"));
  await openPanel(other);
  await mine(other, "我要退货").waitFor();
  await says(page, undefined);
  await said.waitFor({ state: "detached" });
  await frame.locator("[data-testid=connection][data-state=open]").waitFor();
  assert.equal(await said.count(), 0, "nobody whom the shop knows sees it");
  await leave(page, other);
}

async function rating(world) {
  const agent = await logIn(world, {});
  await byId(agent, "status-select").selectOption("free");
  const page = await atShop(world);
  await openPanel(page);
  await say(page, "转人工");
  await byId(agent, "conv-row").filter({ hasText: /转接|connecting you/ }).first().click();
  await byId(agent, "agent-composer").fill("已经为您处理好了");
  await byId(agent, "agent-send").click();
  await answered(page, "agent", "已经为您处理好了");
  await byId(agent, "action-end").click();
  await byId(page, "rating").waitFor();
  await byId(page, "rating-1").focus();
  for (const key of ["Space", "ArrowRight", "ArrowRight"]) await page.keyboard.press(key);
  assert.ok(await byId(page, "rating-3").isChecked());
  await byId(page, "rating-comment").fill("谢谢");
  await shot(page, "rating");
  await byId(page, "rating-submit").click();
  await byId(page, "rating-done").filter({ hasText: "3 星" }).waitFor();
  await byId(agent, "action-finish").click();
  await leave(agent, page);
}

// What the service does with tokens is in tests/tests/identity.rs.
export default {
  "the shop says who sits at the widget": people,
  "a token that is not believed is said to the page": refused,
  "the shop says who sits at the widget in a frame": inAFrame,
  "a visitor rates a talk in the widget": rating,
};
