import { expect, test } from 'vitest';
import { rangeOf, ticks } from '../src/agent/intents/axes';
import { parseDiff, tally } from '../src/agent/intents/diff';
import { percent, score } from '../src/agent/intents/figures';
import { goodName, pathFor } from '../src/agent/intents/files';
import { matrixOf } from '../src/agent/intents/matrix';

const DIFF = `--- a/returns.yaml
+++ b/returns.yaml
@@ -10,3 +10,4 @@
   zh:
-    - 退货
+    - 我要退货
+    - --- 不要了
   en:
\\ No newline at end of file
`;

test('a unified diff is read with the numbers of both sides', () => {
  const lines = parseDiff(DIFF);
  expect(lines.map(({ kind }) => kind)).toEqual([
    'hunk',
    'same',
    'removed',
    'added',
    'added',
    'same',
  ]);
  expect(lines.map(({ before, after }) => [before, after])).toEqual([
    [0, 0],
    [10, 10],
    [11, 0],
    [0, 11],
    [0, 12],
    [12, 13],
  ]);
  expect(lines[4]?.text).toBe('    - --- 不要了');
  expect(tally(lines)).toEqual({ added: 2, removed: 1 });
});

test('no diff has no lines', () => expect(parseDiff('')).toEqual([]));

test('file names stay inside the directory and are YAML or CSV', () => {
  for (const name of [
    'a.yaml',
    'promotions/double-11.yml',
    '售后/退货.yaml',
    'knowledge/faq.csv',
  ]) {
    expect(goodName(name), name).toBe(true);
  }
  for (const name of [
    '',
    'a',
    'a.txt',
    '/a.yaml',
    '../a.yaml',
    'a/../b.yaml',
    '.a.yaml',
    'a b.yaml',
    'a\\b.yaml',
    'a//b.yaml',
    'faq.csv',
    'knowledge/old/faq.csv',
  ]) {
    expect(goodName(name), name).toBe(false);
  }
});

test('a table that comes from outside goes to the knowledge base', () => {
  expect(pathFor('faq.csv')).toBe('knowledge/faq.csv');
  expect(pathFor('returns.yaml')).toBe('returns.yaml');
});

test('shares read as per cent, and nothing counted as a dash', () => {
  expect(percent(0.9743)).toBe('97.4 %');
  expect(percent(1)).toBe('100 %');
  expect(percent(0)).toBe('0 %');
  expect(percent(0.0004)).toBe('0 %');
  expect(percent(null)).toBe('–');
  expect(score(-0.123)).toBe('−0.12');
});

test('axes begin at a round number and have few ticks', () => {
  expect(rangeOf([0.96, 1])).toEqual({ from: 0.9, to: 1 });
  expect(rangeOf([0.3])).toEqual({ from: 0, to: 1 });
  expect(rangeOf([])).toEqual({ from: 0.9, to: 1 });
  const shown = ticks({ from: 0.9, to: 1 }).map((tick) => Math.round(tick * 100));
  expect(shown).toEqual([90, 92, 94, 96, 98, 100]);
});

test('the matrix puts what is confused most first', () => {
  const pair = (expected: string, got: string, n: number) => {
    return { expected, got, n, answered: 0, examples: [] };
  };
  const matrix = matrixOf([pair('a', 'b', 1), pair('c', 'b', 2), pair('c', 'a', 4)]);
  expect(matrix.rows).toEqual(['c', 'a']);
  expect(matrix.columns).toEqual(['a', 'b']);
  expect(matrix.most).toBe(4);
  expect([matrix.count('c', 'a'), matrix.count('a', 'a')]).toEqual([4, 0]);
});
