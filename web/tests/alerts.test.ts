// @vitest-environment happy-dom
import { create, type Init } from '@kefu/sdk/codec';
import {
  WordAlertSchema,
  WordHitSchema,
  WordSeenSchema,
  type WordAlert,
} from '@kefu/sdk/proto/alert';
import { ProblemError, type Rest } from '@kefu/sdk';
import { expect, test } from 'vitest';
import { ALERT_PAGE, AlertDesk } from '../src/agent/alerts/alerts.svelte';
import { placesOf } from '../src/agent/alerts/words';
import { WordAlerts } from '../src/agent/state/words.svelte';
import { wordsEn } from '../src/lib/i18n/words.en';
import { wordsZh } from '../src/lib/i18n/words.zh';

const alert = (id: bigint, more: Init<WordAlert> = {}) =>
  create(WordAlertSchema, { id, conversationId: 7n, hits: [{ rule: 'r' }], ...more });
const seen = (agentId: bigint) => create(WordSeenSchema, { agentId, agentName: `a${agentId}` });

/** A service with these alerts, of which agent 9 sees some. */
function service(alerts: WordAlert[]) {
  const asked: string[] = [];
  const read = async (_: unknown, method: string, path: string, body?: { ids: string[] }) => {
    asked.push(`${method} ${path}`);
    if (method === 'POST') {
      for (const each of alerts) {
        if (body?.ids.includes(String(each.id))) each.seen.push(seen(9n));
      }
      return seen(9n);
    }
    const query = new URL(path, 'http://x').searchParams;
    const before = BigInt(query.get('before') ?? '9999999');
    const page = alerts
      .filter((each) => each.id < before && String(each.seen.length > 0) === query.get('seen'))
      .sort((a, b) => (a.id < b.id ? 1 : -1))
      .slice(0, Number(query.get('limit')));
    return { alerts: page.map((each) => ({ ...each, seen: [...each.seen] })) };
  };
  return { asked, alerts, desk: new AlertDesk({ read } as unknown as Rest) };
}

const ids = (list: WordAlert[]) => list.map(({ id }) => Number(id));

test('lists are read by pages, the newest first, and each only once', async () => {
  const many = Array.from({ length: ALERT_PAGE + 3 }, (_, n) => alert(BigInt(n + 1)));
  const { desk, asked } = service(many);
  await desk.more('unseen');
  expect(desk.mayHaveMore('unseen')).toBe(true);
  expect(ids(desk.list('unseen')).slice(0, 2)).toEqual([ALERT_PAGE + 3, ALERT_PAGE + 2]);
  await desk.more('unseen');
  expect(desk.list('unseen').length).toBe(ALERT_PAGE + 3);
  expect(desk.mayHaveMore('unseen')).toBe(false);
  await desk.more('unseen');
  expect(asked.length).toBe(2);
});

test('what is seen leaves one list for the other, with by whom', async () => {
  const { desk } = service([alert(1n), alert(2n, { seen: [seen(5n)] })]);
  await desk.more('unseen');
  await desk.more('seen');
  expect(desk.unseen).toBe(1);
  await desk.see([1n]);
  await desk.see([2n, 1n]);
  expect(desk.unseen).toBe(0);
  const by = desk.list('seen').map((each) => each.seen.map(({ agentId }) => Number(agentId)));
  expect(by).toEqual([[5, 9], [9]]);
});

test('what was seen just now shows only as far down as those that were have been read', async () => {
  const old = Array.from({ length: ALERT_PAGE + 1 }, (_, n) =>
    alert(BigInt(n + 10), { seen: [seen(5n)] }),
  );
  const { desk } = service([alert(1n), ...old]);
  await desk.more('unseen');
  await desk.more('seen');
  await desk.see([1n]);
  expect(ids(desk.list('seen'))).not.toContain(1);
  await desk.more('seen');
  expect(ids(desk.list('seen')).slice(-2)).toEqual([10, 1]);
});

test('a frame says that there is one more, and why is read', async () => {
  const { desk, alerts } = service([alert(1n)]);
  await desk.renew();
  const frame = alert(2n, { hits: [] });
  alerts.push(alert(2n));
  desk.take(frame);
  expect([desk.arrived, desk.unseen]).toEqual([1, 2]);
  expect(desk.list('unseen')[0]?.hits.length).toBe(0);
  await desk.renew();
  expect(desk.list('unseen')[0]?.hits.length).toBe(1);
});

test('what a colleague has seen meanwhile is no work any more', async () => {
  const { desk, alerts } = service([alert(1n), alert(2n)]);
  await desk.renew();
  alerts[0]?.seen.push(seen(5n));
  await desk.renew();
  expect(ids(desk.list('unseen'))).toEqual([2]);
  expect(desk.hasRead('seen')).toBe(false);
});

test('what cannot be read changes nothing, and is told to who asked', async () => {
  const refuses = () => Promise.reject(new ProblemError('unavailable', 'not now'));
  const desk = new AlertDesk({ read: refuses } as unknown as Rest);
  desk.take(alert(1n));
  await desk.renew();
  await expect(desk.more('unseen')).rejects.toThrow();
  await expect(desk.see([1n])).rejects.toThrow();
  expect([desk.unseen, desk.loading]).toEqual([1, false]);
});

test('a finding goes when all of it was seen in the list', () => {
  const words = new WordAlerts();
  for (const id of [1n, 2n]) words.take(alert(id));
  words.saw([1n]);
  expect(words.list.map((each) => each.ids)).toEqual([[2n, 1n]]);
  words.saw([1n, 2n]);
  expect(words.list).toEqual([]);
});

test('places are counted as people count', () => {
  const hit = (...spans: { start: number; end: number }[]) =>
    placesOf(create(WordHitSchema, { rule: 'r', spans }));
  expect(hit({ start: 4, end: 6 }, { start: 9, end: 10 })).toContain('5–6');
  expect(hit({ start: 9, end: 10 })).toContain('10');
  expect(hit()).not.toMatch(/\d/);
});

test('the words are the same in both languages', () => {
  expect(Object.keys(wordsEn)).toEqual(Object.keys(wordsZh));
});
