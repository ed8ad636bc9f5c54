import { create } from './create.js';
import { Reader } from './reader.js';
import { nested, zero, type Choice, type Fields, type MessageType, type Row } from './schema.js';
import { Writer } from './writer.js';

type Type = Row[2];

/** Wire types: https://protobuf.dev/programming-guides/encoding/#structure */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;

function wireOf(type: Type): number {
  if (type === 'double') return FIXED64;
  return type === 'string' || type === 'bytes' || nested(type) ? LENGTH : VARINT;
}

/** The message in Protobuf's binary form, fields by number as they stand in the schema. */
export function toBinary<T extends object>(
  schema: MessageType<T>,
  message: T,
): Uint8Array<ArrayBuffer> {
  const writer = new Writer();
  for (const row of schema.rows) writeField(writer, row, message as Fields);
  return writer.finish();
}

function writeField(writer: Writer, row: Row, fields: Fields): void {
  const [number, name, type, label, oneof] = row;
  const wire = wireOf(type);
  const one = (value: unknown) => {
    writer.varint(number * 8 + wire);
    writeValue(writer, type, value);
  };
  if (oneof) {
    const choice = fields[oneof] as Choice;
    if (choice.case === name) one(choice.value);
  } else if (label === 'repeated') {
    const values = fields[name] as unknown[];
    if (wire === LENGTH) values.forEach(one);
    else if (values.length > 0) writePacked(writer, number, type, values);
  } else if (label || nested(type)) {
    if (fields[name] !== undefined) one(fields[name]);
  } else if (!isZero(fields[name], type)) {
    one(fields[name]);
  }
}

function isZero(value: unknown, type: Type): boolean {
  // Minus zero is a value of its own.
  return value instanceof Uint8Array ? value.length === 0 : Object.is(value, zero(type));
}

function writePacked(writer: Writer, number: number, type: Type, values: unknown[]): void {
  const packed = new Writer();
  for (const value of values) writeValue(packed, type, value);
  writer.varint(number * 8 + LENGTH);
  writer.block(packed.finish());
}

function writeValue(writer: Writer, type: Type, value: unknown): void {
  const inner = nested(type);
  if (inner) writer.block(toBinary(inner, value as object));
  else if (type === 'string') writer.string(value as string);
  else if (type === 'bytes') writer.block(value as Uint8Array);
  else if (type === 'double') writer.double(value as number);
  else if (type === 'sint32')
    writer.varint((((value as number) << 1) ^ ((value as number) >> 31)) >>> 0);
  else writer.varint(typeof value === 'boolean' ? Number(value) : (value as bigint | number));
}

/** Reads a message. Throws a `TypeError` when the bytes are none; unknown fields are passed over. */
export function fromBinary<T extends object>(schema: MessageType<T>, bytes: Uint8Array): T {
  const message = create(schema);
  readInto(schema, new Reader(bytes), message as Fields);
  return message;
}

function readInto(schema: MessageType<object>, reader: Reader, fields: Fields): void {
  while (!reader.done) {
    const tag = Number(reader.varint());
    const number = Math.floor(tag / 8);
    const wire = tag % 8;
    const row = schema.rows.find((each) => each[0] === number);
    const wanted = row && wireOf(row[2]);
    if (row && wire === wanted) readField(reader, row, fields);
    else if (row?.[3] === 'repeated' && wire === LENGTH) readPacked(reader, row, fields);
    else if (number === 0) throw new TypeError('a field without a number');
    else reader.skip(wire);
  }
}

function readField(reader: Reader, [, name, type, label, oneof]: Row, fields: Fields): void {
  if (oneof) {
    const choice = fields[oneof] as Choice;
    const before = choice.case === name ? choice.value : undefined;
    fields[oneof] = { case: name, value: readValue(reader, type, before) };
  } else if (label === 'repeated') {
    (fields[name] as unknown[]).push(readValue(reader, type));
  } else {
    fields[name] = readValue(reader, type, fields[name]);
  }
}

function readPacked(reader: Reader, [, name, type]: Row, fields: Fields): void {
  const packed = new Reader(reader.block());
  while (!packed.done) (fields[name] as unknown[]).push(readValue(packed, type));
}

/** A message that comes twice is one message: what the second says goes over what the first said. */
function readValue(reader: Reader, type: Type, before?: unknown): unknown {
  const inner = nested(type);
  if (inner) {
    const message = (before ?? create(inner)) as Fields;
    readInto(inner, new Reader(reader.block()), message);
    return message;
  }
  switch (type) {
    case 'string':
      return reader.string();
    case 'bytes':
      return reader.block().slice();
    case 'double':
      return reader.double();
  }
  const bits = reader.varint();
  switch (type) {
    case 'bool':
      return bits !== 0n;
    case 'uint64':
      return bits;
    case 'int64':
      return BigInt.asIntN(64, bits);
    case 'uint32':
      return Number(BigInt.asUintN(32, bits));
    case 'sint32': {
      const zigzag = Number(BigInt.asUintN(32, bits));
      return (zigzag >>> 1) ^ -(zigzag & 1);
    }
    default:
      return Number(BigInt.asIntN(32, bits));
  }
}
