import { expect, test } from 'vitest';
import { sizeText } from '../src/lib/size';

test('sizes are short, in steps of 1024', () => {
  const sizes = [0, 1, 1023, 1024, 1536, 10 * 1024, 20 << 20, 3.4 * 1024 ** 3];
  expect(sizes.map(sizeText)).toEqual([
    '0 B',
    '1 B',
    '1023 B',
    '1.0 KB',
    '1.5 KB',
    '10 KB',
    '20 MB',
    '3.4 GB',
  ]);
});
