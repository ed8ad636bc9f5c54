// @vitest-environment happy-dom
import { createRawSnippet, flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Appearance } from '../widget/app/appearance.svelte';
import { optionsOf } from '../widget/app/options';
import type { Viewport } from '../widget/app/viewport.svelte';
import Widget from '../widget/app/Widget.svelte';
import { Counted } from './support/counted.svelte';

let root: ShadowRoot;
let shown: Counted;
let widget: ReturnType<typeof Widget>;
let viewport: { full: boolean; top: number; height: number };
let toTalk: number;

const find = (id: string) => root.querySelector<HTMLElement>(`[data-testid=${id}]`);

function show(more: { full?: boolean; launcher?: string } = {}): void {
  const host = document.createElement('div');
  host.setAttribute('data-launcher', more.launcher ?? '');
  root = host.attachShadow({ mode: 'open' });
  document.body.append(host);
  viewport = { full: more.full ?? false, top: 0, height: 600 };
  const talk = createRawSnippet(() => ({ render: () => '<textarea></textarea>' }));
  widget = mount(Widget, {
    target: root,
    props: {
      options: optionsOf(host),
      appearance: { theme: 'dark', language: 'zh' } as unknown as Appearance,
      viewport: viewport as Viewport,
      shown,
      name: '小店客服',
      focusTalk: () => {
        toTalk += 1;
        root.querySelector('textarea')?.focus();
      },
      talk,
    },
  }) as ReturnType<typeof Widget>;
  flushSync();
}

beforeEach(() => {
  shown = new Counted();
  toTalk = 0;
});

afterEach(() => {
  void unmount(widget as object);
  document.body.replaceChildren();
});

test('the button says how much waits, in figures and to screen readers', () => {
  show();
  expect(find('widget-launcher')?.getAttribute('aria-label')).toBe('打开小店客服');
  expect(find('widget-badge')).toBeNull();
  shown.unread = 3;
  flushSync();
  expect(find('widget-badge')?.textContent).toBe('3');
  expect(find('widget-launcher')?.getAttribute('aria-label')).toContain('3 条未读消息');
  expect(root.querySelector('[role=status]')?.textContent).toContain('3');
  shown.unread = 120;
  flushSync();
  expect(find('widget-badge')?.textContent).toBe('99+');
});

test('it opens to where one writes, and Escape leads back to the button', async () => {
  show();
  find('widget-launcher')!.click();
  await vi.waitFor(() => expect([shown.open, toTalk]).toEqual([true, 1]));
  expect(find('widget-panel')?.getAttribute('aria-modal')).toBe('false');
  expect(find('widget-launcher')?.getAttribute('aria-expanded')).toBe('true');
  const escape = new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true });
  root.querySelector('textarea')!.dispatchEvent(escape);
  await vi.waitFor(() => expect(root.activeElement).toBe(find('widget-launcher')));
  expect(shown.open).toBe(false);
  expect(find('widget-panel')).toBeNull();
});

test('Escape that ends a composition, or a menu, does not close it', async () => {
  show();
  await widget.open();
  const box = root.querySelector('textarea')!;
  const composing = new KeyboardEvent('keydown', { key: 'Escape', bubbles: true });
  Object.defineProperty(composing, 'isComposing', { value: true });
  box.dispatchEvent(composing);
  const taken = new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true });
  taken.preventDefault();
  box.dispatchEvent(taken);
  expect(shown.open).toBe(true);
});

test('where it covers everything there is no button, and no keyboard comes up by itself', async () => {
  show({ full: true });
  await widget.open();
  flushSync();
  expect(find('widget-launcher')).toBeNull();
  expect(find('widget-panel')?.getAttribute('aria-modal')).toBe('true');
  expect(toTalk).toBe(0);
  expect(root.activeElement).toBe(find('widget-panel'));
});

test('a page with a button of its own has no other one, and gets its keyboard back', async () => {
  show({ launcher: 'none' });
  expect(find('widget-launcher')).toBeNull();
  const own = document.createElement('button');
  document.body.append(own);
  own.focus();
  await widget.open();
  expect(shown.open).toBe(true);
  await widget.close();
  expect(document.activeElement).toBe(own);
});
