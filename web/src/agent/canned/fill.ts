import type { CannedReply } from '@kefu/sdk/proto/canned';

/** What may stand between braces; the core refuses every other name. */
export const VARIABLES = [
  'visitor.name',
  'agent.name',
  'conversation.id',
  'time.greeting',
] as const;
export type Variable = (typeof VARIABLES)[number];
export type Values = Record<Variable, string>;

const NAMED = /\{([A-Za-z0-9._]+)\}/g;
const known = (name: string): name is Variable => (VARIABLES as readonly string[]).includes(name);

/** The text with its variables filled in; what is none stays as it is. */
export function fill(text: string, values: Values): string {
  return text.replace(NAMED, (whole, name: string) => (known(name) ? values[name] : whole));
}

/** The first name between braces that is no variable. */
export function unknownIn(text: string): string | undefined {
  return [...text.matchAll(NAMED)].map(([, name = '']) => name).find((name) => !known(name));
}

/** The text for a conversation in that language; the other one where there is none. */
export function textFor(reply: CannedReply, language: string): string {
  const [first, second] =
    language === 'en' ? [reply.textEn, reply.textZh] : [reply.textZh, reply.textEn];
  return first || second;
}

/** Where each greeting of the day begins, in hours: night, early, morning, noon, afternoon, evening. */
const BEGINS = [0, 5, 9, 12, 14, 18];

/** Which greeting an hour has, as an index. */
export function greetingOf(hour: number): number {
  return BEGINS.findLastIndex((begin) => hour >= begin);
}
