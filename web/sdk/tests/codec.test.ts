import * as es from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { create, fromBinary, fromJson, toBinary, toJson, type MessageType } from '@kefu/sdk/codec';
import * as catalogue from '@kefu/sdk/proto/catalogue';
import * as chat from '@kefu/sdk/proto/chat';
import * as frame from '@kefu/sdk/proto/frame';
import * as message from '@kefu/sdk/proto/message';
import { isEnum, nested, type Fields, type Row } from '../src/proto/schema';
import { Dice, forSeeds } from './support/seeds';

const sdk = resolve(import.meta.dirname, '..');
const buf = resolve(sdk, '../node_modules/.bin/buf');
const image = execFileSync(buf, ['build', resolve(sdk, '../../proto'), '-o', '-']);
const set = es.fromBinary(FileDescriptorSetSchema, new Uint8Array(image));
const registry = es.createFileRegistry(set);

/** Every message that we know, with Buf's own idea of it. */
const TYPES = Object.entries({ ...catalogue, ...chat, ...frame, ...message }).flatMap(
  ([name, schema]) => {
    if (!name.endsWith('Schema') || isEnum(schema as never)) return [];
    const full = `kefu.v1.${name.slice(0, -'Schema'.length).replaceAll('_', '.')}`;
    return [{ full, ours: schema as MessageType<object>, theirs: registry.getMessage(full)! }];
  },
);

const NUMBERS: Record<string, readonly (bigint | number)[]> = {
  int32: [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)],
  sint32: [0, 1, -1, 480, -1080, 2 ** 31 - 1, -(2 ** 31)],
  uint32: [0, 1, 127, 128, 2 ** 28, 2 ** 32 - 1],
  int64: [0n, 1n, -1n, 1n << 40n, (1n << 63n) - 1n, -(1n << 63n)],
  uint64: [0n, 1n, 300n, 1n << 28n, 1n << 53n, (1n << 64n) - 1n],
  double: [0, 0.5, -1e300, Infinity, NaN],
};
const TEXTS = ['', 'a', '您好，再见', '🙂'.repeat(40), '\u0000'];

function valueOf(dice: Dice, type: Row[2]): unknown {
  const inner = nested(type);
  if (inner) return messageOf(dice, inner);
  if (typeof type === 'function') return dice.between(0, 12);
  if (type === 'string') return dice.pick(TEXTS);
  if (type === 'bool') return dice.chance(0.5);
  if (type === 'bytes')
    return Uint8Array.from({ length: dice.between(0, 9) }, () => dice.between(0, 256));
  return dice.pick(NUMBERS[type]!);
}

function messageOf(dice: Dice, schema: MessageType<object>): object {
  const init: Fields = {};
  for (const [, name, type, label, oneof] of schema.rows) {
    if (dice.chance(0.4)) continue;
    if (oneof) init[oneof] = { case: name, value: valueOf(dice, type) };
    else if (label !== 'repeated') init[name] = valueOf(dice, type);
    else init[name] = Array.from({ length: dice.between(0, 4) }, () => valueOf(dice, type));
  }
  return create(schema, init as never);
}

test('there is a schema for each message that clients need, as the definitions have it', () => {
  expect(TYPES.length).toBeGreaterThan(60);
  for (const { full, ours, theirs } of TYPES) {
    const fields = theirs.fields.map(({ number, jsonName }) => `${number} ${jsonName}`);
    expect(
      ours.rows.map(([number, name]) => `${number} ${name}`),
      full,
    ).toEqual(fields);
  }
});

test('what we write Buf’s library reads, and the other way round, binary and JSON', async () => {
  await forSeeds(1_500, (_, dice) => {
    const { ours, theirs, full } = dice.pick(TYPES);
    const made = messageOf(dice, ours);
    const read = es.fromBinary(theirs, toBinary(ours, made));
    expect(toJson(ours, made), full).toEqual(es.toJson(theirs, read));
    expect(fromBinary(ours, es.toBinary(theirs, read)), full).toEqual(made);
    expect(fromJson(ours, JSON.parse(JSON.stringify(es.toJson(theirs, read)))), full).toEqual(made);
    const json = es.fromJson(theirs, JSON.parse(JSON.stringify(toJson(ours, made))));
    expect(es.toBinary(theirs, json), full).toEqual(toBinary(ours, made));
  });
});

test('noise is a message or a TypeError, and nothing hangs', async () => {
  await forSeeds(3_000, (_, dice) => {
    const { ours } = dice.pick(TYPES);
    const bytes = toBinary(ours, messageOf(dice, ours));
    const cut = bytes.slice(0, dice.between(0, bytes.length + 1));
    if (cut.length > 0 && dice.chance(0.7)) {
      const at = dice.between(0, cut.length);
      cut[at] = cut[at]! ^ (1 << dice.between(0, 8));
    }
    try {
      const read = fromBinary(ours, cut);
      expect(fromBinary(ours, toBinary(ours, read))).toEqual(read);
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError);
    }
  });
});

test('a mark at the beginning of a text is part of the text', () => {
  const text = create(message.TextSchema, { text: '\ufeffhello' });
  expect(fromBinary(message.TextSchema, toBinary(message.TextSchema, text))).toEqual(text);
});

test('JSON from elsewhere: numbers as texts, snake_case, null and unknown fields', () => {
  const read = fromJson(message.ConversationSchema, {
    id: 7,
    last_seq: '12',
    phase: 'PHASE_SERVING',
    priority: 'PRIORITY_OF_THE_FUTURE',
    agentName: null,
    mood: { good: true },
  });
  expect(read).toMatchObject({ id: 7n, lastSeq: 12n, phase: message.Phase.SERVING, priority: 0 });
  for (const [field, value] of Object.entries({
    id: 'x',
    lastSeq: 1.5,
    agentName: 3,
    queuePosition: -1,
  })) {
    expect(() => fromJson(message.ConversationSchema, { [field]: value })).toThrow(field);
  }
});
