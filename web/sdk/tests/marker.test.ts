import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Mark } from '@kefu/sdk/proto/frame';
import { Marker } from '@kefu/sdk';
import { newClient, until } from './support/client';
import { ChatServer, CONVERSATION } from './support/server';

let server: ChatServer;
let client: ReturnType<typeof newClient>;
let marker: Marker;

beforeEach(async () => {
  server = await ChatServer.start();
  client = newClient(server.url);
  marker = new Marker(client.connection, CONVERSATION);
});

afterEach(async () => {
  marker.close();
  client.stop();
  await server.stop();
});

const marks = () =>
  server.frames('mark').map(({ body }) => {
    const { deliveredSeq, readSeq } = body.value as Mark;
    return [Number(deliveredSeq), Number(readSeq)];
  });

test('many steps in a short time are said once, and what is read is delivered', async () => {
  client.connection.start();
  await until(() => client.connection.state === 'open', 'open');
  for (let seq = 1; seq <= 20; seq += 1) marker.delivered(seq);
  marker.read(12);
  await until(() => marks().length === 1, 'one mark');
  expect(marks()).toEqual([[20, 12]]);
  marker.read(20);
  await until(() => marks().length === 2, 'another');
  expect(marks()[1]).toEqual([20, 20]);
});

test('what another device has marked is not said again', async () => {
  client.connection.start();
  await until(() => client.connection.state === 'open', 'open');
  marker.learn({ delivered: 9, read: 9 });
  marker.read(9);
  marker.delivered(7);
  marker.read(10);
  await until(() => marks().length > 0, 'what is news');
  expect(marks()).toEqual([[10, 10]]);
});

test('when sequence numbers begin again, so do marks, and they say of which epoch they are', async () => {
  marker.close();
  let epoch = 1n;
  marker = new Marker(client.connection, CONVERSATION, () => epoch);
  client.connection.start();
  await until(() => client.connection.state === 'open', 'open');
  marker.read(9);
  await until(() => marks().length === 1, 'the first');
  epoch = 2n;
  marker.forget();
  marker.read(2);
  await until(() => marks().length === 2, 'smaller, and said');
  expect(marks()).toEqual([
    [9, 9],
    [2, 2],
  ]);
  const epochs = server.frames('mark').map(({ body }) => (body.value as Mark).epoch);
  expect(epochs).toEqual([1n, 2n]);
});

test('what could not be said is said after the next connect', async () => {
  marker.read(3);
  client.connection.start();
  await until(() => marks().length === 1, 'after the first');
  server.override = (_, socket, { body }) => {
    if (body.case !== 'mark') return false;
    server.override = () => false;
    socket.terminate();
    return true;
  };
  marker.read(5);
  await until(() => marks().length === 3, 'after the cut');
  expect(marks()).toEqual([
    [3, 3],
    [5, 5],
    [5, 5],
  ]);
});
