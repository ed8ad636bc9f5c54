import { nested, zero, type Choice, type Fields, type Init, type MessageType } from './schema.js';

/** A whole message from what is said of it; what is left out is empty, zero or absent. */
export function create<T extends object>(schema: MessageType<T>, init?: Init<NoInfer<T>>): T {
  const said = (init ?? {}) as Fields;
  const made: Fields = {};
  for (const [, name, type, label, oneof] of schema.rows) {
    const inner = nested(type);
    const whole = (value: unknown) => (inner && value ? create(inner, value as Fields) : value);
    if (oneof) {
      const choice = said[oneof] as Choice | undefined;
      made[oneof] ??= { case: undefined };
      if (choice?.case === name) made[oneof] = { case: name, value: whole(choice.value) };
    } else if (label === 'repeated') {
      made[name] = ((said[name] ?? []) as unknown[]).map(whole);
    } else if (inner || label) {
      made[name] = whole(said[name]);
    } else {
      made[name] = said[name] ?? zero(type);
    }
  }
  return made as T;
}
