/**
 * What a message is made of, as data: the generated files hold one row for each field, and the few
 * functions beside this file read and write any message by them. Field by field it is the subset of
 * proto3 that `proto/kefu/v1` uses: no maps, no groups, no extensions.
 */
export type Scalar =
  'string' | 'bytes' | 'bool' | 'double' | 'uint32' | 'int32' | 'sint32' | 'uint64' | 'int64';

/** Absent: a singular field without presence. A singular message always has presence. */
export type Label = 'optional' | 'repeated';

/** Number, name in JSON and in TypeScript, what it holds, label, and the oneof that it is part of. */
export type Row = readonly [
  number: number,
  name: string,
  type: Scalar | (() => MessageType<object> | EnumType),
  label?: Label | '',
  oneof?: string,
];

/** How messages of type `T` are read and written. */
export interface MessageType<T extends object> {
  readonly rows: readonly Row[];
  /** For the type checker only. */
  readonly shape?: T;
}

/** The words of an enumeration as JSON has them: `prefix` and the name in TypeScript. */
export interface EnumType {
  readonly prefix: string;
  readonly names: Readonly<Record<number | string, number | string>>;
}

/** Used by generated files. */
export function message<T extends object>(...rows: Row[]): MessageType<T> {
  return { rows };
}

/** Used by generated files. */
export function enumeration(prefix: string, names: EnumType['names']): EnumType {
  return { prefix, names };
}

export function isEnum(schema: MessageType<object> | EnumType): schema is EnumType {
  return 'prefix' in schema;
}

/** "SENDER_VISITOR" for `Sender.VISITOR`; the empty text for a number that has no name. */
export function enumName(schema: EnumType, value: number): string {
  const name = schema.names[value];
  return name === undefined ? '' : schema.prefix + name;
}

/** The number of "SENDER_VISITOR"; `undefined` for a word that this version does not know. */
export function enumNumber(schema: EnumType, word: string): number | undefined {
  const { prefix, names } = schema;
  const value = word.startsWith(prefix) ? names[word.slice(prefix.length)] : undefined;
  return typeof value === 'number' ? value : undefined;
}

/** A message as one writes it down: everything may be left out, at every depth. */
export type Init<T> = T extends bigint | number | string | boolean | Uint8Array | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Init<Item>[]
    : T extends { case: infer Case; value?: infer Value }
      ? { case: Case; value: Init<Value> }
      : { readonly [Key in keyof T]?: Init<T[Key]> };

/** A message while its fields are handled by name. */
export type Fields = Record<string, unknown>;
export type Choice = { case: string | undefined; value?: unknown };

/** What a field without presence holds when nothing was said. */
export function zero(type: Row[2]): unknown {
  switch (type) {
    case 'string':
      return '';
    case 'bytes':
      return new Uint8Array(0);
    case 'bool':
      return false;
    case 'uint64':
    case 'int64':
      return 0n;
    default:
      return 0;
  }
}

/** The schema of a nested message; none for scalars and enumerations. */
export function nested(type: Row[2]): MessageType<object> | undefined {
  if (typeof type === 'string') return undefined;
  const schema = type();
  return isEnum(schema) ? undefined : schema;
}
