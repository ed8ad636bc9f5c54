import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

/** What text of any size must have, WCAG 2.2 AA, 1.4.3. */
const TEXT_MIN = 4.5;

const css = readFileSync(resolve(import.meta.dirname, '../src/styles/tokens.css'), 'utf8');

function tokens(theme: 'light' | 'dark'): Map<string, string> {
  const [, light = '', dark = ''] = css.split(
    /:root(?:\[data-theme='dark'\])? \{\n {2}color-scheme/,
  );
  const read = (block: string) =>
    [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]);
  const both = theme === 'dark' ? [...read(light), ...read(dark)] : read(light);
  return new Map(both as [string, string][]);
}

/** Relative luminance, WCAG 2.2. */
function luminance(hex: string): number {
  const channels = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
  const [r, g, b] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const grounds = 'bg bg-tint surface surface-2 surface-3 pane bubble bubble-bot'.split(' ');
/** Each colour of text with what it may stand on. */
const PAIRS: [string, string[]][] = [
  ['ink', [...grounds, 'accent-soft', 'amber-soft', 'red-soft']],
  ['ink-2', [...grounds, 'accent-soft', 'amber-soft', 'red-soft']],
  ['ink-3', grounds],
  ['accent-text', ['bg', 'surface', 'surface-2', 'surface-3', 'pane', 'accent-soft']],
  ['accent-ink', ['accent', 'accent-hover']],
  ['own-ink', ['own']],
  ['amber', ['bg', 'surface', 'surface-2', 'surface-3', 'amber-soft']],
  ['red', ['bg', 'surface', 'surface-2', 'surface-3', 'red-soft']],
];

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  const colours = tokens(theme);

  test.each(PAIRS)('%s can be read wherever it stands', (ink, grounds) => {
    for (const ground of grounds) {
      const [text, behind] = [colours.get(ink), colours.get(ground)];
      if (!text || !behind) throw new Error(`${ink} or ${ground} is no token`);
      const found = contrast(text, behind);
      expect(found, `${ink} ${text} on ${ground} ${behind}`).toBeGreaterThanOrEqual(TEXT_MIN);
    }
  });
});
