// @vitest-environment happy-dom
import { expect, test, vi } from 'vitest';
import { comboOf } from '../src/agent/state/shortcuts';
import { Backoff, newClientId } from '@kefu/sdk';
import { zh } from '../src/lib/i18n/zh';
import { strength } from '../src/lib/password';
import { local } from '../src/lib/storage';
import { duration, separatorTime } from '../src/lib/time';

test('the backoff doubles up to its ceiling, draws evenly below it, and starts over', () => {
  const top = new Backoff(100, 1000, () => 1);
  expect([1, 2, 3, 4, 5, 6].map(() => top.next())).toEqual([100, 200, 400, 800, 1000, 1000]);
  top.reset();
  expect(top.next()).toBe(100);
  expect(new Backoff(100, 1000, () => 0.25).next()).toBe(25);
});

test('client ids are of the alphabet the server takes, and differ', () => {
  const ids = Array.from({ length: 500 }, newClientId);
  for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
  expect(new Set(ids).size).toBe(ids.length);
});

test('a storage that is denied lasts as long as the page', () => {
  vi.spyOn(Storage.prototype, 'getItem').mockImplementation(() => {
    throw new DOMException('denied', 'SecurityError');
  });
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('denied', 'SecurityError');
  });
  local.set('key', 'value');
  expect(local.get('key')).toBe('value');
  local.remove('key');
  expect(local.get('key')).toBeNull();
});

test('separators say today’s time, yesterday, or the date', () => {
  const now = new Date(2026, 10, 21, 15, 0).getTime();
  const at = (day: number, month = 10, year = 2026) => new Date(year, month, day, 9, 5).getTime();
  expect(separatorTime(at(21), now, zh)).toBe('09:05');
  expect(separatorTime(at(20), now, zh)).toBe('昨天 09:05');
  expect(separatorTime(at(3), now, zh)).toBe('11月3日 09:05');
  expect(separatorTime(at(3, 10, 2025), now, zh)).toBe('2025年11月3日 09:05');
});

test('spans are told in their largest unit', () => {
  const spans = [-5, 59, 60, 3599, 3600, 90_000].map((seconds) => duration(seconds * 1000, zh));
  expect(spans).toEqual(['0 秒', '59 秒', '1 分钟', '59 分钟', '1 小时', '1 天']);
});

test('the strength hint knows short, dull and good passwords', () => {
  expect(strength('short')).toBe(0);
  expect(strength('aaaaaaaaaaaaaaaa')).toBe(1);
  expect(strength('correct horse battery staple')).toBeGreaterThanOrEqual(3);
  expect(strength('tQ8!vR2@kL9#zX')).toBeGreaterThan(strength('abcdefabcdef'));
});

test('shortcuts go by the key’s place, and need exactly their modifiers', () => {
  const key = (code: string, init: KeyboardEventInit = {}) =>
    comboOf(new KeyboardEvent('keydown', { code, ...init }));
  expect(key('KeyK', { ctrlKey: true })).toBe('palette');
  expect(key('KeyK', { metaKey: true })).toBe('palette');
  expect(key('KeyA', { altKey: true })).toBe('claim');
  expect(key('KeyA')).toBeUndefined();
  expect(key('KeyA', { altKey: true, ctrlKey: true })).toBeUndefined();
  expect(key('KeyK', { ctrlKey: true, shiftKey: true })).toBeUndefined();
});
