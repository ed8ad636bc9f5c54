import { create } from './create.js';
import {
  enumName,
  enumNumber,
  isEnum,
  zero,
  type Choice,
  type Fields,
  type MessageType,
  type Row,
} from './schema.js';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };

type Type = Row[2];

/** The message in Protobuf's JSON mapping: https://protobuf.dev/programming-guides/json/ */
export function toJson<T extends object>(schema: MessageType<T>, message: T): Json {
  const fields = message as Fields;
  const json: Record<string, Json> = {};
  for (const [, name, type, label, oneof] of schema.rows) {
    const choice = oneof ? (fields[oneof] as Choice) : undefined;
    const value = choice ? (choice.case === name ? choice.value : undefined) : fields[name];
    if (value === undefined) continue;
    if (label === 'repeated') {
      const values = value as unknown[];
      if (values.length > 0) json[name] = values.map((each) => valueToJson(type, each));
    } else if (oneof || label || !isEmpty(type, value)) {
      json[name] = valueToJson(type, value);
    }
  }
  return json;
}

function isEmpty(type: Type, value: unknown): boolean {
  return value instanceof Uint8Array ? value.length === 0 : Object.is(value, zero(type));
}

function valueToJson(type: Type, value: unknown): Json {
  if (typeof type === 'function') {
    const schema = type();
    if (!isEnum(schema)) return toJson(schema, value as object);
    return enumName(schema, value as number) || (value as number);
  }
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) return btoa(String.fromCharCode(...value));
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return value as Json;
}

/**
 * Reads a message. Throws a `TypeError` that names the field when the JSON does not fit; fields and
 * words of enumerations that this version does not know are passed over.
 */
export function fromJson<T extends object>(schema: MessageType<T>, json: unknown): T {
  if (json === null || typeof json !== 'object' || Array.isArray(json)) {
    throw new TypeError('a message must be an object');
  }
  const message = create(schema);
  const fields = message as Fields;
  for (const [key, value] of Object.entries(json)) {
    // Both "imageUrl" and "image_url" are the field `image_url`.
    const name = key.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
    const row = schema.rows.find((each) => each[1] === name);
    if (row && value !== null && value !== undefined) setField(row, fields, value);
  }
  return message;
}

function setField([, name, type, label, oneof]: Row, fields: Fields, json: unknown): void {
  const read = (value: unknown) => valueFromJson(type, value, name);
  if (label === 'repeated') {
    if (!Array.isArray(json)) throw new TypeError(`${name} must be a list`);
    fields[name] = json.map(read).filter((value) => value !== undefined);
    return;
  }
  const value = read(json);
  if (value === undefined) return;
  if (oneof) fields[oneof] = { case: name, value };
  else fields[name] = value;
}

function valueFromJson(type: Type, json: unknown, name: string): unknown {
  if (typeof type === 'function') {
    const schema = type();
    if (!isEnum(schema)) return fromJson(schema, json);
    return typeof json === 'string' ? enumNumber(schema, json) : integer(json, name, 'int32');
  }
  switch (type) {
    case 'string':
      if (typeof json === 'string') return json;
      break;
    case 'bool':
      if (typeof json === 'boolean') return json;
      break;
    case 'bytes':
      if (typeof json === 'string') return bytesOf(json, name);
      break;
    case 'double':
      if (typeof json === 'number') return json;
      if (typeof json === 'string' && json.trim() !== '') return double(json, name);
      break;
    default:
      return integer(json, name, type);
  }
  throw new TypeError(`${name} must be of the type ${type}`);
}

function double(word: string, name: string): number {
  const value = Number(word);
  if (Number.isNaN(value) && word !== 'NaN') throw new TypeError(`${name} is no number`);
  return value;
}

function bytesOf(base64: string, name: string): Uint8Array {
  try {
    const letters = atob(base64.replace(/-/g, '+').replace(/_/g, '/'));
    return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  } catch {
    throw new TypeError(`${name} is not base64`);
  }
}

const RANGES: Record<string, readonly [bigint, bigint]> = {
  int32: [-(1n << 31n), (1n << 31n) - 1n],
  sint32: [-(1n << 31n), (1n << 31n) - 1n],
  uint32: [0n, (1n << 32n) - 1n],
  int64: [-(1n << 63n), (1n << 63n) - 1n],
  uint64: [0n, (1n << 64n) - 1n],
};

function integer(json: unknown, name: string, type: string): bigint | number {
  const whole =
    (typeof json === 'number' && Number.isInteger(json)) ||
    (typeof json === 'string' && /^-?\d+$/.test(json));
  if (!whole) throw new TypeError(`${name} must be a whole number`);
  const value = BigInt(json as number | string);
  const [least, most] = RANGES[type]!;
  if (value < least || value > most) throw new TypeError(`${name} is out of range`);
  return type.endsWith('64') ? value : Number(value);
}
