import { BodySchema, type Body } from '../gen/message.js';
import { create } from '../proto/index.js';

/** What somebody typed. */
export function textBody(text: string): Body {
  return create(BodySchema, { kind: { case: 'text', value: { text } } });
}

/** An own message that is taken back. */
export function recallBody(seq: number): Body {
  return create(BodySchema, { kind: { case: 'recall', value: { seq: BigInt(seq) } } });
}

/** A button that was pressed. */
export function postbackBody(payload: string, label: string): Body {
  return create(BodySchema, { kind: { case: 'postback', value: { payload, label } } });
}
