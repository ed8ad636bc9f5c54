import { expect, test } from 'vitest';
import { buttonAddress, linkify, webAddress } from '../src/lib/linkify';

const links = (text: string) => linkify(text).flatMap(({ href }) => href ?? []);
const whole = (text: string) =>
  linkify(text)
    .map((piece) => piece.text)
    .join('');

test.each([
  ['see https://a.example/x.', ['https://a.example/x']],
  ['详情见https://a.example/退货，谢谢', ['https://a.example/']],
  ['（http://a.example/b?c=d&e=f）', ['http://a.example/b?c=d&e=f']],
  ['two: http://a.example/1 http://a.example/2', ['http://a.example/1', 'http://a.example/2']],
  ['javascript:alert(1) data:text/html,x ftp://a.example', []],
  ['https:// alone', []],
  ['<a href="https://a.example/q">x</a>', ['https://a.example/q']],
])('finds the addresses in %j and loses no character', (text, expected) => {
  expect(links(text)).toEqual(expected);
  expect(whole(text)).toBe(text);
});

test('a button opens web pages, telephones and mail, nothing that runs', () => {
  expect(buttonAddress('tel:4001234567')).toBe('tel:4001234567');
  expect(buttonAddress('mailto:help@a.example')).toBe('mailto:help@a.example');
  expect(buttonAddress('javascript:alert(1)')).toBeUndefined();
  expect(buttonAddress(' JaVaScRiPt:alert(1)')).toBeUndefined();
  expect(buttonAddress('/relative')).toBeUndefined();
  expect(webAddress('tel:1')).toBeUndefined();
});
