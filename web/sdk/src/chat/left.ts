import { LeftMessageSchema, type LeftMessage } from '../gen/left.js';
import type { Rest } from '../net/rest.js';

/** What a visitor writes when nobody is there, and how to reach them; only the text must be. */
export interface LeftForm {
  readonly text: string;
  readonly name?: string;
  readonly phone?: string;
  readonly email?: string;
}

/**
 * Leaves a message for later in the visitor's conversation; who waited in the queue waits no more.
 * With the same client id and contents again it gives what was stored first. Rejects with a
 * `ProblemError`.
 */
export function leaveMessage(rest: Rest, clientId: string, form: LeftForm): Promise<LeftMessage> {
  const { text, name = '', phone = '', email = '' } = form;
  return rest.read(LeftMessageSchema, 'POST', '/left-messages', {
    clientId,
    text,
    name,
    phone,
    email,
  });
}
