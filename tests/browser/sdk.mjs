// The SDK as strangers get it (web/sdk/dist), in Node, against the real service: over a line that is
// cut while people write, with roles that are killed, and with two devices of one person.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { layLine } from "./line.mjs";
import { startService, withoutModel } from "./service.mjs";

const web = resolve(import.meta.dirname, "../../web");
const { WebSocket } = createRequire(resolve(web, "package.json"))("ws");
const load = (file) => import(pathToFileURL(resolve(web, "sdk/dist", file)).href);

// A busy machine is slow, not wrong.
const PATIENCE_MS = 60_000;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function until(check, what) {
  const deadline = Date.now() + PATIENCE_MS;
  while (!check()) {
    if (Date.now() > deadline) throw new Error(`never happened: ${what()}`);
    await pause(20);
  }
}

const opened = (visitor) =>
  new Promise((found) => {
    const off = visitor.on("room", (room) => {
      off();
      found(room);
    });
    visitor.start();
  });

const words = (body) => (body?.kind.case === "text" ? body.kind.value.text : `(${body?.kind.case})`);
const own = (messages) => messages.filter(({ clientId }) => clientId);

// All that the service has, by its own front door.
async function stored({ Rest }, origin, token, id) {
  const rest = new Rest(() => token, origin);
  const all = [];
  for (;;) {
    const page = await rest.messagesBefore(id, Number(all[0]?.seq ?? 1_000_000_000n), 100);
    if (page.messages.length === 0) return all;
    all.unshift(...page.messages);
  }
}

// Says `count` things while the line is cut again and again, and roles die.
async function writeWhileItBreaks(visitor, line, service, count) {
  const said = [];
  for (let index = 0; index < count; index += 1) {
    said.push(visitor.send(`message ${index}`).clientId);
    if (index % 6 === 5) {
      await until(() => visitor.client.connection.state === "open", () => "connected again");
      line.cut();
    }
    if (index === Math.floor(count / 3)) service.kill("chat");
    if (index === Math.floor(count / 2)) service.kill("edge");
    await pause(80);
  }
  return said;
}

async function survives(sdk, service, transports, count) {
  const line = await layLine(service.origin);
  const store = sdk.memoryStore();
  const tabs = () => sdk.soloTabs(sdk.systemRuntime, 5_000, store);
  // As patient as the seconds that a test may take.
  const limits = { backoffBaseMs: 50, backoffMaxMs: 400 };
  const visitor = new sdk.Visitor({ server: line.origin, transports, tabs: tabs(), limits });
  try {
    const room = await opened(visitor);
    const said = await writeWhileItBreaks(visitor, line, service, count);
    const waiting = () => room.outgoing.map(({ state, problem }) => `${state} ${problem ?? ""}`);
    await until(() => waiting().length === 0, () => `all sent: ${waiting()}`);
    const { token } = JSON.parse(store.get("kefu.visitor"));
    const there = await stored(sdk, service.origin, token, room.conversationId);
    await until(() => room.lastSeq >= Number(there.at(-1).seq), () => "all shown");
    const history = (messages) =>
      messages.map(({ seq, clientId, body }) => `${seq} ${clientId} ${words(body)}`);
    const here = room.messages.slice(0, there.length);
    assert.deepEqual(history(here), history(there), "the history is the same at both ends");
    assert.deepEqual(there.map(({ seq }) => Number(seq)), there.map((_, index) => index + 1));
    assert.deepEqual(own(there).map(({ clientId }) => clientId), said, "once each, as written");
    return visitor.client.dump();
  } finally {
    visitor.stop();
    line.close();
  }
}

// What was written where there was no line at all is sent by the next program that starts.
async function outlivesItsProgram(sdk, service) {
  const store = sdk.memoryStore();
  const transports = [new sdk.WebSocketTransport(WebSocket)];
  const start = (server) => {
    const tabs = sdk.soloTabs(sdk.systemRuntime, 5_000, store);
    return new sdk.Visitor({ server, transports, tabs });
  };
  const line = await layLine(service.origin);
  const first = start(line.origin);
  const room = await opened(first);
  await until(() => first.client.connection.state === "open", () => "connected");
  line.swallow(true);
  const said = ["one", "two"].map((text) => room.send(text).clientId);
  first.stop();
  line.close();
  const second = start(service.origin);
  try {
    const again = await opened(second);
    await until(() => own(again.messages).length === 2, () => "sent by the second");
    assert.deepEqual(own(again.messages).map(({ clientId }) => clientId), said);
  } finally {
    second.stop();
  }
}

// Two devices of one visitor: what one says and reads, the other one knows.
async function keepsDevicesInStep(sdk, service) {
  const store = sdk.memoryStore();
  const transports = [new sdk.WebSocketTransport(WebSocket)];
  const tabs = sdk.soloTabs(sdk.systemRuntime, 5_000, store);
  const phone = new sdk.Visitor({ server: service.origin, transports, tabs });
  const room = await opened(phone);
  const { token } = JSON.parse(store.get("kefu.visitor"));
  const desk = new sdk.ChatClient({
    server: service.origin,
    transports,
    token: () => token,
    deviceId: "desk",
  });
  try {
    const me = () => ({ sender: sdk.Sender.VISITOR, id: phone.head.visitorId });
    const other = desk.room(room.conversationId, 0, me);
    desk.connection.start();
    room.send("from the phone");
    await until(() => own(other.messages).length === 1, () => "heard on the desk");
    other.send("from the desk", Number(own(other.messages)[0].seq));
    await until(() => own(room.messages).length === 2, () => "heard on the phone");
    assert.equal(own(room.messages)[1].quoteSeq, own(room.messages)[0].seq);
    other.read();
    const read = other.lastSeq;
    await until(() => room.places.own.read >= read, () => "the phone knows what the desk has read");
    const [said] = own(room.messages);
    await room.recall(Number(said.seq));
    const gone = () => other.messages.find(({ seq }) => seq === said.seq);
    await until(() => gone().recalledSeq > 0n, () => "taken back on the desk");
    assert.equal(gone().body, undefined, "the words are gone");
    const missed = [];
    for await (const each of desk.missed()) missed.push(each.conversation.id);
    assert.ok(missed.every((id) => id === room.conversationId));
  } finally {
    desk.stop();
    phone.stop();
  }
}

export default {
  async "SDK: lines are cut and roles killed while a visitor writes; both ends have one history"() {
    const service = await startService({ settings: withoutModel, listen: "127.0.0.1:0" });
    try {
      const sdk = await load("kefu-sdk.min.js");
      const transports = [new sdk.WebSocketTransport(WebSocket)];
      const { counts, times } = await survives(sdk, service, transports, 60);
      assert.ok(counts.reconnect >= 9, "the line was cut, and came back");
      assert.ok(counts.first_ack === 1 && counts.ack > 1, "answers came, or at least what was said");
      const figures = ["connect", "first_ack", "reconnect", "ack"].map(
        (name) => `${name} p50 ${times[name].p50} p95 ${times[name].p95}`,
      );
      console.log(`     ${counts.reconnect} reconnects, ms: ${figures.join(", ")}`);
    } finally {
      await service.stop();
    }
  },

  async "SDK: the same where no WebSocket gets through, by events and by polls"() {
    const sdk = await load("kefu-sdk.min.js");
    for (const transport of [new sdk.EventStreamTransport(), new sdk.LongPollTransport()]) {
      const service = await startService({ settings: withoutModel, listen: "127.0.0.1:0" });
      try {
        const { transport: used, counts } = await survives(sdk, service, [transport], 24);
        assert.equal(used, transport.name);
        assert.ok(counts.reconnect >= 2, "the line was cut, and came back");
      } finally {
        await service.stop();
      }
    }
  },

  async "SDK: what waits outlives its program, and two devices are in step"({ service }) {
    const sdk = await load("index.js");
    await outlivesItsProgram(sdk, service);
    await keepsDevicesInStep(sdk, service);
  },
};
