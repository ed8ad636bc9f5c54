import type { Rest } from '@kefu/sdk';
import {
  ChoicesSchema,
  EndingsSchema,
  RatingSchema,
  SummarySchema,
  type Choice,
} from '@kefu/sdk/proto/closing';
import { Notice_Kind, Phase, type Message } from '@kefu/sdk/proto/message';
import type { Language } from './i18n/index.svelte';

/** What is said of a talk that ended. */
export interface Said {
  score: number;
  reasons: string[];
  comment: string;
}

/**
 * The talk with an agent that ended last, by the sequence of the notice that closed it, while nothing
 * has begun since. None where the visitor left the bot.
 */
export function endedTalk(messages: readonly Message[], phase: Phase): bigint | undefined {
  if (phase !== Phase.WRAP_UP && phase !== Phase.CLOSED) return undefined;
  const last = messages.findLast((message) => closedBy(message) !== undefined);
  return last && (closedBy(last) ?? 0n) > 0n ? last.seq : undefined;
}

/** Whose talk the notice closed, 0 for the bot's; `undefined` for any other message. */
function closedBy({ body }: Message): bigint | undefined {
  const notice = body?.kind.case === 'notice' ? body.kind.value : undefined;
  return notice?.kind === Notice_Kind.CLOSED ? notice.agentId : undefined;
}

/** The words of a choice; its id where it is not configured any more. */
export function choiceWords(choices: readonly Choice[], id: string, language: Language): string {
  return choices.find((choice) => choice.id === id)?.[language] ?? id;
}

/** The REST calls of a talk's end. They reject with a `ProblemError`. */
export const closing = {
  choices: (rest: Rest) => rest.read(ChoicesSchema, 'GET', '/closing'),

  endings: async (rest: Rest, conversationId: bigint) => {
    const path = `/conversations/${conversationId}/endings`;
    return (await rest.read(EndingsSchema, 'GET', path)).endings;
  },

  rate: (rest: Rest, conversationId: bigint, endedSeq: bigint, said: Said) =>
    rest.read(RatingSchema, 'POST', `/conversations/${conversationId}/rating`, {
      ...said,
      endedSeq: String(endedSeq),
    }),

  summarize: (
    rest: Rest,
    conversationId: bigint,
    endedSeq: bigint,
    said: { category: string; note: string },
  ) =>
    rest.read(SummarySchema, 'PUT', `/conversations/${conversationId}/summary`, {
      ...said,
      endedSeq: String(endedSeq),
    }),
};
