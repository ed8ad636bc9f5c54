// @vitest-environment happy-dom
import { ProblemError, type Rest } from '@kefu/sdk';
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { leftZh } from '../src/lib/i18n/left.zh';
import type { Desk } from '../src/visitor/desk.svelte';
import Leave from '../widget/app/Leave.svelte';

let asked: { path: string; body: Record<string, string> }[];
let answer: () => unknown;
let done: number;
let form: object;

const field = (name: string) =>
  document.querySelector<HTMLInputElement | HTMLTextAreaElement>(`[name=left-${name}]`)!;
const says = () => document.querySelector('[role=alert]')?.textContent;
const send = () => document.querySelector<HTMLElement>('[data-testid=leave-send]')!.click();

function write(name: string, text: string): void {
  field(name).value = text;
  field(name).dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
}

beforeEach(() => {
  asked = [];
  answer = () => ({});
  done = 0;
  const read = async (_: unknown, _method: string, path: string, body: unknown) => {
    asked.push({ path, body: body as Record<string, string> });
    return answer();
  };
  const desk = { rest: { read } as unknown as Rest, maxChars: 500 } as unknown as Desk;
  form = mount(Leave, { target: document.body, props: { desk, ondone: () => (done += 1) } });
  flushSync();
});

afterEach(() => {
  void unmount(form);
  document.body.replaceChildren();
});

test('it begins where one writes, and says nothing before somebody has tried', () => {
  expect(document.activeElement).toBe(field('text'));
  expect(says()).toBe('');
  expect(field('text').getAttribute('aria-invalid')).toBe('false');
});

test('what the server would refuse is said before it is asked', async () => {
  send();
  await vi.waitFor(() => expect(says()).toBe(leftZh.textMissing));
  expect(field('text').getAttribute('aria-invalid')).toBe('true');
  write('text', '周末能送货吗？');
  write('phone', '没有');
  expect(says()).toBe(leftZh.phoneWrong);
  write('phone', '');
  write('email', 'nobody');
  expect(says()).toBe(leftZh.emailWrong);
  send();
  expect(asked).toEqual([]);
  expect(done).toBe(0);
});

test('a message is left with what was given, once, however often it is tried', async () => {
  answer = () => {
    throw new ProblemError('offline', '');
  };
  write('text', ' 周末能送货吗？ ');
  write('phone', '138 0013 8000');
  send();
  await vi.waitFor(() => expect(says()).toContain('网络'));
  expect(field('text').value).toContain('周末');
  answer = () => ({});
  send();
  await vi.waitFor(() => expect(done).toBe(1));
  const [first, second] = asked;
  expect(first).toEqual(second);
  expect(second?.path).toBe('/left-messages');
  expect(second?.body).toMatchObject({ text: '周末能送货吗？', phone: '138 0013 8000', email: '' });
});

test('Escape leaves it, but not one that ends a composition', () => {
  const press = (isComposing: boolean) => {
    const event = new KeyboardEvent('keydown', { key: 'Escape', bubbles: true });
    Object.defineProperty(event, 'isComposing', { value: isComposing });
    field('text').dispatchEvent(event);
  };
  press(true);
  expect(done).toBe(0);
  press(false);
  expect(done).toBe(1);
});
