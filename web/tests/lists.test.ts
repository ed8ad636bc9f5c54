import { create, type Init } from '@kefu/sdk/codec';
import { expect, test } from 'vitest';
import { ListIndex } from '../src/agent/state/list-index';
import { alertFor, matches, type Place } from '../src/agent/state/lists';
import { ConversationSchema, Phase, Sender, type Conversation } from '@kefu/sdk/proto/message';

const ME = 1n;
const conversation = (init: Init<Conversation>) => create(ConversationSchema, init);
const ids = (list: { id: bigint }[]) => list.map(({ id }) => Number(id));

function indexOf(all: readonly Conversation[], me: bigint): ListIndex {
  const index = new ListIndex(me);
  for (const each of all) index.put(undefined, each);
  return index;
}

function section(all: readonly Conversation[], tab: Place, me: bigint, query: string) {
  const { mine, others } = indexOf(all, me).section(tab);
  const wanted = (each: Conversation) => matches(each, query);
  return { mine: mine.filter(wanted), others: others.filter(wanted) };
}

const ALL = [
  conversation({ id: 1n, phase: Phase.QUEUED, queuedAtMs: 300n, visitorName: '安安' }),
  conversation({ id: 2n, phase: Phase.QUEUED, queuedAtMs: 100n }),
  conversation({ id: 3n, phase: Phase.SERVING, agentId: ME, updatedAtMs: 10n }),
  conversation({ id: 4n, phase: Phase.SERVING, agentId: ME, updatedAtMs: 20n }),
  conversation({ id: 5n, phase: Phase.WRAP_UP, agentId: ME, updatedAtMs: 99n }),
  conversation({ id: 6n, phase: Phase.SERVING, agentId: 2n, updatedAtMs: 50n }),
  conversation({ id: 7n, phase: Phase.BOT, preview: 'Where is my Order' }),
  conversation({ id: 8n, phase: Phase.CLOSED }),
];

test('the queue shows who has waited longest, serving shows the latest, wrap-up last', () => {
  expect(ids(section(ALL, 'queued', ME, '').mine)).toEqual([2, 1]);
  const serving = section(ALL, 'serving', ME, '');
  expect(ids(serving.mine)).toEqual([4, 3, 5]);
  expect(ids(serving.others)).toEqual([6]);
});

test('search looks at names and previews, whatever the case', () => {
  expect(ids(section(ALL, 'bot', ME, 'order').mine)).toEqual([7]);
  expect(ids(section(ALL, 'queued', ME, '安').mine)).toEqual([1]);
  expect(ids(section(ALL, 'queued', ME, 'nobody').mine)).toEqual([]);
});

test('counts only what is one’s own among those being served', () => {
  expect(indexOf(ALL, ME).counts()).toEqual({ serving: 3, queued: 2, bot: 1, closed: 1 });
});

test('rings for a new queue entry, a new assignment, a new message, and for nothing else', () => {
  const bot = conversation({ phase: Phase.BOT, lastSeq: 1n });
  const queued = conversation({ phase: Phase.QUEUED, lastSeq: 2n });
  const mine = conversation({ phase: Phase.SERVING, agentId: ME, lastSeq: 3n });
  const spoke = conversation({
    ...mine,
    lastSeq: 4n,
    previewSeq: 4n,
    lastSender: Sender.VISITOR,
  });
  const tookBack = conversation({ ...spoke, lastSeq: 5n, preview: '' });
  const theirs = conversation({ ...spoke, agentId: 2n });
  expect(alertFor(bot, queued, ME)).toBe('queued');
  expect(alertFor(queued, queued, ME)).toBeUndefined();
  expect(alertFor(queued, mine, ME)).toBe('assigned');
  expect(alertFor(mine, spoke, ME)).toBe('message');
  expect(alertFor(spoke, spoke, ME)).toBeUndefined();
  expect(alertFor(spoke, tookBack, ME)).toBeUndefined();
  expect(alertFor(mine, theirs, ME)).toBeUndefined();
});
