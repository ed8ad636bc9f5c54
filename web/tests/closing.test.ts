// @vitest-environment happy-dom
import { create, type Init } from '@kefu/sdk/codec';
import { ProblemError, type Rest } from '@kefu/sdk';
import {
  ChoicesSchema,
  EndingsSchema,
  RatingSchema,
  type Choices,
  type Ending,
} from '@kefu/sdk/proto/closing';
import { MessageSchema, Notice_Kind, Phase, Sender } from '@kefu/sdk/proto/message';
import { expect, test } from 'vitest';
import { choiceWords, endedTalk } from '../src/lib/closing';
import { TalkRating } from '../src/visitor/rating.svelte';

const said = (seq: bigint) =>
  create(MessageSchema, {
    seq,
    sender: Sender.VISITOR,
    body: { kind: { case: 'text', value: { text: 'x' } } },
  });
const notice = (seq: bigint, kind: Notice_Kind, agentId = 0n) =>
  create(MessageSchema, {
    seq,
    sender: Sender.SYSTEM,
    body: { kind: { case: 'notice', value: { kind, agentId } } },
  });

test('the talk that ended last can be rated, and only while nothing has begun since', () => {
  const messages = [
    said(1n),
    notice(2n, Notice_Kind.CLOSED, 7n),
    notice(3n, Notice_Kind.REOPENED),
    notice(4n, Notice_Kind.CLOSED, 7n),
    said(5n),
  ];
  expect(endedTalk(messages, Phase.CLOSED)).toBe(4n);
  expect(endedTalk(messages, Phase.WRAP_UP)).toBe(4n);
  for (const phase of [Phase.BOT, Phase.QUEUED, Phase.SERVING, Phase.UNSPECIFIED]) {
    expect(endedTalk(messages, phase)).toBeUndefined();
  }
});

test('what was ended with the bot is no talk of an agent', () => {
  const messages = [notice(2n, Notice_Kind.CLOSED, 7n), notice(6n, Notice_Kind.CLOSED)];
  expect(endedTalk(messages, Phase.CLOSED)).toBeUndefined();
  expect(endedTalk([said(1n)], Phase.CLOSED)).toBeUndefined();
});

test('a choice that is not configured any more is shown by its id', () => {
  const choices = [{ id: 'fast', zh: '回复快', en: 'Quick' }];
  expect(choiceWords(choices, 'fast', 'zh')).toBe('回复快');
  expect(choiceWords(choices, 'gone', 'en')).toBe('gone');
});

/** The server's half: what it knows, and what it answers to a rating. */
function server(known: Init<Ending>[], answer: () => unknown, choices: Init<Choices> = {}) {
  const asked: string[] = [];
  const rest = {
    read: async (_: unknown, method: string, path: string, body?: object) => {
      asked.push(`${method} ${path}${body ? ` ${JSON.stringify(body)}` : ''}`);
      if (path === '/closing') return create(ChoicesSchema, { ratings: true, ...choices });
      if (method === 'GET') return create(EndingsSchema, { endings: known });
      return answer();
    },
  } as unknown as Rest;
  return { rest, asked };
}

const five = { score: 5, reasons: ['fast'], comment: '' };

test('a talk is asked about once, rated, and not asked about again', async () => {
  const { rest, asked } = server([], () => create(RatingSchema, { endedSeq: 4n, score: 5 }));
  const rating = new TalkRating(rest);
  await rating.about(9n, undefined);
  expect([rating.state, asked]).toEqual(['idle', []]);
  await rating.about(9n, 4n);
  expect(rating.state).toBe('asking');
  await rating.send(five);
  expect([rating.state, rating.rating?.score]).toEqual(['done', 5]);
  expect(asked.at(-1)).toBe(
    'POST /conversations/9/rating {"score":5,"reasons":["fast"],"comment":"","endedSeq":"4"}',
  );
  await rating.about(9n, 4n);
  await rating.send(five);
  expect(asked.length).toBe(3);
});

test('what was rated in another tab is shown, and where ratings are off nobody is asked', async () => {
  const known = [{ endedSeq: 4n, rating: { endedSeq: 4n, score: 2 } }];
  const elsewhere = new TalkRating(server(known, () => undefined).rest);
  await elsewhere.about(9n, 4n);
  expect([elsewhere.state, elsewhere.rating?.score]).toEqual(['done', 2]);
  const off = new TalkRating(server([], () => undefined, { ratings: false }).rest);
  await off.about(9n, 4n);
  expect(off.state).toBe('idle');
});

test('a refusal is said, and the question stays', async () => {
  const refuse = () => {
    throw new ProblemError('unavailable', 'away');
  };
  const rating = new TalkRating(server([], refuse).rest);
  await rating.about(9n, 4n);
  await rating.send(five);
  expect([rating.state, rating.problem]).toEqual(['asking', 'unavailable']);
});
