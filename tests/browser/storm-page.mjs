// What a page of Chromium does in `storm.mjs`, by seed: begin a conversation, talk, and tell the history of
// both ends. Its text is put into the page, so it names nothing from outside.
export function runs(sdk) {
  // As patient as the seconds that a seed may take.
  const limits = {
    connectMs: 1_500,
    backoffBaseMs: 20,
    backoffMaxMs: 200,
    stableMs: 300,
    upgradeBaseMs: 300,
    upgradeMaxMs: 1_000,
    heartbeatMinMs: 300,
    pongMs: 500,
    replyMs: 700,
    // Nobody is there to press "again".
    sendTries: 10_000,
    retryMs: 50,
    earlySize: 100,
    reopenMs: 50,
    adoptMs: 100,
  };
  const PATIENCE_MS = 120_000;
  const all = new Map();

  const pause = (ms) => new Promise((done) => setTimeout(done, ms));

  async function until(check, what) {
    const deadline = Date.now() + PATIENCE_MS;
    while (!check()) {
      if (Date.now() > deadline) throw new Error(`never happened: ${what()}`);
      await pause(20);
    }
  }

  // A bug on purpose: what is sent a second time has another id.
  class Renaming extends sdk.WebSocketTransport {
    times = new Map();

    open(target, events) {
      const link = super.open(target, events);
      const send = ({ ref, body }) => {
        if (body.case !== "send") return link.send({ ref, body });
        const { clientId } = body.value;
        const times = (this.times.get(clientId) ?? 0) + 1;
        this.times.set(clientId, times);
        const value = { ...body.value, clientId: times > 1 ? `${clientId}-${times}` : clientId };
        return link.send({ ref, body: { case: "send", value } });
      };
      return { send, close: (code) => link.close(code) };
    }
  }

  const transports = {
    websocket: (planted) => (planted ? new Renaming() : new sdk.WebSocketTransport()),
    sse: () => new sdk.EventStreamTransport(),
    poll: () => new sdk.LongPollTransport(),
  };

  function program(run) {
    const visitor = new sdk.Visitor({
      server: run.line,
      transports: run.transports.map((name) => transports[name](run.planted)),
      tabs: sdk.soloTabs(sdk.systemRuntime, 5_000, run.store),
      limits,
    });
    visitor.start();
    return visitor;
  }

  const lines = (messages) =>
    messages.map(({ seq, clientId, body }) => {
      const text = body?.kind.case === "text" ? body.kind.value.text : `(${body?.kind.case})`;
      return { seq: Number(seq), clientId, text };
    });

  // All that the service has, by its own front door.
  async function stored({ direct, store }, id) {
    const { token } = JSON.parse(store.get("kefu.visitor"));
    const rest = new sdk.Rest(() => token, direct);
    const messages = [];
    for (;;) {
      const before = Number(messages[0]?.seq ?? 1_000_000_000n);
      const page = await rest.messagesBefore(id, before, 100);
      if (page.messages.length === 0) return lines(messages);
      messages.unshift(...page.messages);
    }
  }

  return {
    async begin(given) {
      const run = { ...given, store: sdk.memoryStore(), said: [] };
      if (run.planted) run.transports = ["websocket"];
      all.set(run.seed, run);
      run.visitor = program(run);
      await until(() => run.visitor.room !== undefined, () => "a conversation");
      await until(() => run.visitor.client.connection.state === "open", () => "a connection");
    },

    async talk(seed) {
      const run = all.get(seed);
      for (const { afterMs, texts, anew } of run.steps) {
        await pause(afterMs);
        // What is written before there is a session lives as long as the program.
        if (anew && run.visitor.room) {
          run.visitor.stop();
          run.visitor = program(run);
        }
        for (const text of texts) {
          run.visitor.send(text);
          run.said.push(text);
        }
      }
    },

    async settle(seed) {
      const { visitor, said, ...run } = all.get(seed);
      const waiting = () =>
        [...visitor.early, ...(visitor.room?.outgoing ?? [])].map(({ state, problem }) => `${state} ${problem ?? ""}`);
      const state = () => `all sent: ${visitor.client.connection.state}, ${waiting()}`;
      await until(() => visitor.room && waiting().every((each) => each.startsWith("sent")), state);
      const { room } = visitor;
      const there = await stored(run, room.conversationId);
      await until(() => room.lastSeq >= there.at(-1).seq, () => `all shown: ${room.lastSeq}`);
      while (room.hasEarlier) await room.loadEarlier();
      return { here: lines(room.messages), there, said, waiting: waiting() };
    },

    end(seed) {
      all.get(seed)?.visitor?.stop();
      all.delete(seed);
    },
  };
}
