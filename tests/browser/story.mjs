// The story that the product exists for, in two windows: a visitor on a phone, an agent at a desk.
import assert from "node:assert/strict";
import { phone } from "./browser.mjs";
import { answered, ask, byId, leave, logIn, say, visit } from "./parts.mjs";
import { pictures } from "./pictures.mjs";

const words = {
  zh: {
    ask: "我要退货",
    answered: /退/,
    between: ["退款和退货", "优惠券发票", "换货还是退货", "运费退款发票", "快递地址"],
    nonsense: "qwjkl zxv 火星 哔哩吧啦",
    human: "转人工",
    hello: "您好，我是客服，请问有什么可以帮您？",
    thanks: "衣服尺码不合适",
  },
  en: {
    ask: "how do I return this?",
    answered: /return/i,
    between: ["refund and return", "return or exchange", "invoice coupon", "order delivery refund"],
    nonsense: "florb wug zarquon 9981",
    human: "talk to a human",
    hello: "Hello, how can I help?",
    thanks: "The shirt is too small",
  },
};

// Texts that lie between intents: the bot must ask about at least one.
async function askUntilConfirm(page, texts) {
  for (const text of texts) {
    const reply = await ask(page, text);
    if ((await reply.locator('[data-payload^="choice:"]').count()) > 0) return reply;
  }
  assert.fail("the bot asked about none of them");
}

async function withTheBot(visitor, w, shot) {
  await shot(visitor, "visitor-1-welcome");
  await say(visitor, w.ask);
  await answered(visitor, "bot", w.answered);
  await byId(visitor, "reply-button").first().waitFor();
  await shot(visitor, "visitor-2-answer");
  const asked = await askUntilConfirm(visitor, w.between);
  await shot(visitor, "visitor-3-confirm");
  await asked.locator('[data-payload="none"]').click();
  await ask(visitor, w.nonsense);
  await shot(visitor, "visitor-4-fallback");
}

async function withAHuman(visitor, agent, w, shot) {
  await byId(agent, "conv-tab-serving").click();
  await byId(agent, "conv-row").first().click();
  await byId(agent, "trace").first().click();
  await shot(agent, "agent-2-conversation");
  await byId(agent, "agent-composer").fill(w.hello);
  await byId(agent, "agent-send").click();
  await answered(visitor, "agent", w.hello);
  await say(visitor, w.thanks);
  await answered(agent, "visitor", w.thanks);
  await shot(visitor, "visitor-6-serving");
  await shot(agent, "agent-3-talk");
  await byId(agent, "action-transfer").click();
  await byId(agent, "transfer-dialog").waitFor();
  await shot(agent, "agent-4-transfer");
  await agent.keyboard.press("Escape");
}

// A window that is made narrow has the whole conversation, and the details only when asked for.
async function narrow(agent, shot) {
  const { width, height } = agent.viewportSize();
  await byId(agent, "details").waitFor();
  await agent.setViewportSize(phone);
  assert.equal(await byId(agent, "details").count(), 0, "nobody opened the details");
  await byId(agent, "details-toggle").click();
  const drawer = byId(agent, "details");
  await drawer.waitFor();
  await drawer.evaluate((node) => Promise.all(node.getAnimations().map((each) => each.finished)));
  const box = await drawer.boundingBox();
  assert.equal(Math.round(box.x + box.width), phone.width, "the drawer stands at the edge");
  await shot(agent, "agent-5-details", { widths: [390] });
  await agent.keyboard.press("Escape");
  await drawer.waitFor({ state: "detached" });
  await agent.setViewportSize({ width, height });
  await drawer.waitFor();
}

// An agent who is busy is told of whoever queues, and takes the conversation from the list.
async function rings(visitor, agent, w, shot) {
  await byId(agent, "action-return").click();
  await byId(agent, "action-return").waitFor({ state: "detached" });
  await byId(agent, "status-select").selectOption("busy");
  await byId(agent, "nav-team").click();
  await ask(visitor, w.ask);
  await say(visitor, w.human);
  await byId(agent, "toast").filter({ has: agent.locator(".act") }).waitFor();
  await byId(agent, "nav-inbox").click();
  await byId(agent, "conv-tab-queued").click();
  await shot(agent, "agent-6-ringing", { toasts: true });
  await byId(agent, "conv-row").first().click();
  await shot(agent, "agent-7-queued");
  await byId(agent, "action-claim").click();
  await byId(agent, "action-end").waitFor();
  await byId(agent, "status-select").selectOption("free");
}

async function play(world, language) {
  const w = words[language];
  const shot = (page, name, options) => pictures(page, name, options);
  const visitor = await visit(world, language);
  await withTheBot(visitor, w, shot);

  // Nobody is at a desk: the visitor queues, and the first agent who comes has the conversation.
  await say(visitor, w.human);
  await byId(visitor, "queue-banner").waitFor();
  await shot(visitor, "visitor-5-queue");
  const agent = await logIn(world, { language, door: "login" });
  await byId(agent, "conv-row").first().waitFor();
  await shot(agent, "agent-1-assigned");
  await withAHuman(visitor, agent, w, shot);
  await narrow(agent, shot);
  await rings(visitor, agent, w, shot);
  await byId(agent, "action-end").click();
  await byId(agent, "action-finish").waitFor();
  await shot(agent, "agent-8-wrap-up");
  await byId(agent, "action-finish").click();
  await byId(agent, "conv-tab-closed").click();
  await byId(agent, "conv-row").first().waitFor();
  await shot(agent, "agent-9-closed");
  await agent.locator(".back").evaluate((button) => button.click());
  await shot(agent, "agent-10-list");
  await byId(visitor, "closed-hint").waitFor();
  await shot(visitor, "visitor-7-closed");

  // A reload shows the same conversation, message for message.
  const told = await visitor.locator("[data-testid=message]").allInnerTexts();
  await visitor.reload();
  await visitor.locator("[data-testid=message]").nth(told.length - 1).waitFor();
  assert.equal(await visitor.locator("[data-testid=message]").count(), told.length);
  await leave(visitor, agent);
}

export default {
  "the story in Chinese": (world) => play(world, "zh"),
  "the story in English": (world) => play(world, "en"),
};
