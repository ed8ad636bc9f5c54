import { afterEach, beforeEach, expect, test } from 'vitest';
import { ChatServer } from './support/server';
import { newClient, until } from './support/client';

let server: ChatServer;
let client: ReturnType<typeof newClient>;

beforeEach(async () => {
  server = await ChatServer.start();
  client = newClient(server.url);
});

afterEach(async () => {
  client.stop();
  await server.stop();
});

test('says hello over the binary subprotocol and is welcomed', async () => {
  client.connection.start();
  await until(() => client.connection.state === 'open', 'open');
  expect(server.subprotocols).toEqual(['kefu.v1.proto']);
  expect(server.frames('hello')[0]?.body.value).toMatchObject({ token: 'token', language: 'zh' });
});

test('speaks readable JSON when asked to', async () => {
  client = newClient(server.url, {}, { codec: 'json' });
  client.connection.start();
  await until(() => client.connection.state === 'open', 'open');
  expect(server.subprotocols).toEqual(['kefu.v1.json']);
});

test('comes back by itself after a cut', async () => {
  client.connection.start();
  await until(() => client.connection.state === 'open', 'open');
  server.cut();
  await until(() => server.frames('hello').length === 2, 'second hello');
  await until(() => client.connection.state === 'open', 'open again');
});

test('keeps trying while there is nobody, and finds the server when it is back', async () => {
  const { port } = server;
  client.connection.start();
  await until(() => client.connection.state === 'open', 'open');
  await server.stop();
  await until(() => client.connection.state === 'waiting', 'waiting');
  server = await ChatServer.start(port);
  await until(() => client.connection.state === 'open', 'open again');
});

test('waits as long as a goodbye asks before it comes back', async () => {
  let dismissedMs = 0;
  server.override = (chat, socket, { ref, body }) => {
    if (body.case !== 'hello' || dismissedMs > 0) return false;
    dismissedMs = Date.now();
    const problem = { code: 'overloaded', message: 'busy' };
    chat.send(socket, { case: 'goodbye', value: { problem, reconnectAfterMs: 150 } }, ref);
    socket.close(1001);
    return true;
  };
  client.connection.start();
  await until(() => client.connection.state === 'open', 'open');
  expect(Date.now() - dismissedMs).toBeGreaterThanOrEqual(145);
});

test('a session that ended is not tried again', async () => {
  server.override = (chat, socket, { ref, body }) => {
    if (body.case !== 'hello') return false;
    const problem = { code: 'unauthenticated', message: 'unknown token' };
    chat.send(socket, { case: 'goodbye', value: { problem } }, ref);
    socket.close(1008);
    return true;
  };
  client.connection.start();
  await until(() => client.connection.state === 'ended', 'ended');
  await new Promise((resolve) => setTimeout(resolve, 120));
  expect(server.frames('hello')).toHaveLength(1);
});

test('pings, and hangs up on a server that went silent', async () => {
  server.heartbeatS = 1;
  client = newClient(server.url, { heartbeatShare: 0.03, pongMs: 40 });
  client.connection.start();
  await until(() => server.frames('ping').length >= 2, 'two pings');
  expect(server.frames('hello')).toHaveLength(1);
  server.override = (_chat, _socket, { body }) => body.case === 'ping';
  await until(() => server.frames('hello').length >= 2, 'a new connection');
});

test('a new language is told by coming back with it', async () => {
  client.connection.start();
  await until(() => client.connection.state === 'open', 'open');
  client.connection.restart();
  await until(() => server.frames('hello').length === 2, 'second hello');
});
