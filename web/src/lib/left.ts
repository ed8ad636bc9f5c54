import { enumName } from '@kefu/sdk/codec';
import {
  LeftMessageSchema,
  LeftMessagesSchema,
  LeftState,
  MoveLeftRequest_ActionSchema,
  type LeftMessage,
  type MoveLeftRequest_Action,
} from '@kefu/sdk/proto/left';
import { leaveMessage, type LeftForm, type Rest } from '@kefu/sdk';

/** Messages left in one page of a list. */
export const LEFT_PAGE = 50;

/** How query strings name a state. */
const STATES: Partial<Record<LeftState, string>> = {
  [LeftState.OPEN]: 'open',
  [LeftState.TAKEN]: 'taken',
  [LeftState.ANSWERED]: 'answered',
  [LeftState.CLOSED]: 'closed',
};

/** Whether somebody still has to do something about it. */
export function isWaiting(state: LeftState): boolean {
  return state === LeftState.OPEN || state === LeftState.TAKEN;
}

/** The REST calls of messages left. They reject with a `ProblemError`. */
export const left = {
  leave: (rest: Rest, clientId: string, form: LeftForm) => leaveMessage(rest, clientId, form),

  /** A page behind `after`: those that wait longest first, the others newest first. */
  list: async (rest: Rest, state: LeftState, group: bigint | undefined, after: bigint) => {
    const query = new URLSearchParams({ state: STATES[state] ?? '', limit: String(LEFT_PAGE) });
    if (group !== undefined) query.set('group_id', String(group));
    if (after > 0n) query.set('after', String(after));
    return (await rest.read(LeftMessagesSchema, 'GET', `/left-messages?${query}`)).messages;
  },

  /** Claims it, puts it back or closes it, if it still is as it was shown. */
  move: (rest: Rest, message: LeftMessage, action: MoveLeftRequest_Action, reason = '') =>
    rest.read(LeftMessageSchema, 'POST', `/left-messages/${message.id}/actions`, {
      version: String(message.version),
      action: enumName(MoveLeftRequest_ActionSchema, action),
      ...(reason ? { reason } : {}),
    }),

  /** The same client id again gives what was stored first. */
  answer: (rest: Rest, message: LeftMessage, clientId: string, text: string) =>
    rest.read(LeftMessageSchema, 'POST', `/left-messages/${message.id}/answer`, {
      version: String(message.version),
      clientId,
      text,
    }),
};
