// Everybody who takes part in a day: agents and a supervisor in windows, visitors in windows and, to keep it
// light, as programs with the SDK, and the service's own word on where a conversation is.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { logIn, password } from "./parts.mjs";

const web = resolve(import.meta.dirname, "../../web");
const { WebSocket } = createRequire(resolve(web, "package.json"))("ws");

// A busy machine is slow, not wrong.
const PATIENCE_MS = 60_000;

export async function until(check, what) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await check();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

const rest = (origin, token) => async (method, path, body) => {
  const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
  const sent = await fetch(`${origin}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
  return { status: sent.status, body: await sent.json().catch(() => null) };
};

// The first admin, who has no window: what is asked of the service is asked as they.
export async function opensUp(service) {
  const token = new URL(service.setup).searchParams.get("token");
  const fields = { token, login: "admin", name: "小林", password };
  const made = await rest(service.origin)("POST", "/setup", fields);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const call = rest(service.origin, made.body.token);
  const head = async (id) => (await call("GET", `/conversations/${id}`)).body;
  return {
    head,
    heads: (ids) => Promise.all(ids.map(head)),
    // Waits until the service says so of this conversation.
    headIs: (id, wanted, what) => until(async () => {
      const now = await head(id);
      return wanted(now) && now;
    }, `${what}: ${id}`),
    // Whoever chose something has it when the service says so, not when the page does.
    everybodyIs: (status) => until(async () => {
      const { users } = (await call("GET", "/agents")).body;
      return users.filter(({ online }) => online).every((user) => user.status === status);
    }, `everybody is ${status}`),
    act: async (id, action) => {
      const { status, body } = await call("POST", `/conversations/${id}/actions`, { action });
      assert.equal(status, 200, `${action}: ${JSON.stringify(body)}`);
    },
    async hires(login, name, role, capacity) {
      const user = await call("POST", "/users", { login, name, password, role, capacity });
      assert.equal(user.status, 201, JSON.stringify(user.body));
      return { login, name, id: user.body.id };
    },
  };
}

// Somebody at a desk, with a window.
export async function sitsDown(world, person) {
  person.page = await logIn(world, { login: person.login });
  return person;
}

// Visitors who write with the SDK.
export async function programs(service, count) {
  const sdk = await import(pathToFileURL(resolve(web, "sdk/dist/index.js")).href);
  const arrives = () => {
    const tabs = sdk.soloTabs(sdk.systemRuntime, 5_000, sdk.memoryStore());
    const transports = [new sdk.WebSocketTransport(WebSocket)];
    const visitor = new sdk.Visitor({ server: service.origin, transports, tabs });
    return new Promise((found) => {
      const off = visitor.on("room", (room) => {
        off();
        found({
          id: String(room.conversationId),
          asks: () => visitor.act(sdk.Action.REQUEST_HUMAN),
          stop: () => visitor.stop(),
        });
      });
      visitor.start();
    });
  };
  return Promise.all(Array.from({ length: count }, arrives));
}

// The conversation of a visitor with a window.
export const conversationOf = (page) =>
  page.evaluate(() => JSON.parse(localStorage.getItem("kefu.visitor")).conversationId);
