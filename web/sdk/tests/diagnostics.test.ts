import {
  DEFAULT_LIMITS,
  Diagnostics,
  SDK_VERSION,
  type DiagnosticEvent,
  type Runtime,
} from '@kefu/sdk';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Samples } from '../src/diagnostics/samples';
import { newClient, text, until } from './support/client';
import { Dice } from './support/seeds';
import { ChatServer, CONVERSATION } from './support/server';

let server: ChatServer;
let client: ReturnType<typeof newClient>;
let events: DiagnosticEvent[];

beforeEach(async () => {
  server = await ChatServer.start();
  events = [];
  client = newClient(server.url, {}, { report: (event) => events.push(event) });
});

afterEach(async () => {
  client.stop();
  await server.stop();
});

test('a connect, its first acknowledgement, a cut and the way back are told with their times', async () => {
  const outbox = client.outbox(CONVERSATION);
  outbox.push(text('my secret words'));
  client.connection.start();
  await until(() => outbox.list[0]?.state === 'sent', 'sent');
  server.cut();
  await until(() => client.dump().counts.reconnect === 1, 'back again');

  const names = events.map(({ name }) => name);
  expect(names).toEqual(['connect', 'ack', 'first_ack', 'cut', 'connect', 'reconnect']);
  const [connect, ack, firstAck, cut, second, reconnect] = events;
  expect(cut!.traceId).toBe(connect!.traceId);
  expect(reconnect!.traceId).toBe(second!.traceId);
  expect(second!.traceId).not.toBe(connect!.traceId);
  expect(firstAck!.traceId).toBe(ack!.traceId);
  expect(ack!.clientId).toBe(outbox.list[0]!.clientId);
  for (const event of events) {
    expect(event.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(event.tookMs).toBeGreaterThanOrEqual(0);
    expect(event.transport).toBe('websocket');
  }
  const dump = client.dump();
  expect(dump).toMatchObject({
    sdk: SDK_VERSION,
    state: 'open',
    transport: 'websocket',
    waiting: 0,
  });
  expect(dump.times.first_ack!.count).toBe(1);
  expect(dump.events).toEqual(events);
  const whole = JSON.stringify(dump);
  expect(whole).not.toContain('secret');
  // The session's token of these tests.
  expect(whole).not.toContain('"token"');
});

test('an unsampled client counts and times, and keeps and reports no events', async () => {
  client = newClient(server.url, {}, { sampleRate: 0, report: (event) => events.push(event) });
  client.connection.start();
  await until(() => client.connection.state === 'open', 'open');
  expect(events).toEqual([]);
  const { counts, times, events: kept } = client.dump();
  expect(kept).toEqual([]);
  expect(counts.connect).toBe(1);
  expect(times.connect!.count).toBe(1);
});

test('of many traces about the share that was asked for is sampled, whole or not at all', () => {
  const { random } = new Dice(7);
  const runtime: Runtime = { now: () => 0, random, id: () => 'id', after: () => () => undefined };
  const limits = { ...DEFAULT_LIMITS, eventsSize: 50 };
  const reported: DiagnosticEvent[] = [];
  const options = {
    sampleRate: 0.25,
    report: (event: DiagnosticEvent) => void reported.push(event),
  };
  const diagnostics = new Diagnostics(runtime, limits, options);
  for (let index = 0; index < 2_000; index += 1) {
    const trace = diagnostics.trace();
    diagnostics.record(trace, 'connect', { tookMs: index });
    diagnostics.record(trace, 'cut');
  }
  expect(reported.length).toBeGreaterThan(800);
  expect(reported.length).toBeLessThan(1_200);
  const ids = new Set(reported.map(({ traceId }) => traceId));
  expect(ids.size).toBe(reported.length / 2);
  const { events: kept, counts, times } = diagnostics.dump({});
  expect(kept).toEqual(reported.slice(-50));
  expect(counts).toEqual({ connect: 2_000, cut: 2_000 });
  expect(times.connect).toMatchObject({ count: 2_000, min: 0, max: 1_999, last: 1_999 });
});

test('percentiles are by nearest rank, of the newest ones', () => {
  const samples = new Samples(20);
  for (let ms = 1; ms <= 100; ms += 1) samples.add(ms);
  expect(samples.summary()).toEqual({ count: 100, last: 100, min: 1, max: 100, p50: 90, p95: 99 });
});

test('the version that is told is the package’s', () => {
  const file = resolve(import.meta.dirname, '../package.json');
  expect(JSON.parse(readFileSync(file, 'utf8')).version).toBe(SDK_VERSION);
});
