// @vitest-environment happy-dom
import { Sender } from '@kefu/sdk';
import { afterEach, expect, test, vi } from 'vitest';
import { keepInside, keepPrivate } from '../widget/app/focus';
import { optionsOf } from '../widget/app/options';
import { onTurn, pageOf } from '../widget/app/page';
import { Viewport } from '../widget/app/viewport.svelte';
import { CATALOGUES } from '../widget/catalogues';
import { CODECS } from '../widget/codec';
import { isOurs } from '../widget/frame/words';
import { numbered } from '../widget/instead/numbered';
import { pathOf } from '../widget/lean.mjs';
import { forShadow, withoutUnused } from '../widget/rules.mjs';

afterEach(() => document.body.replaceChildren());

function element(attributes: Record<string, string>): HTMLElement {
  const made = document.createElement('kefu-widget');
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

test('what a page says by attributes is read, and nonsense is as if it were not there', () => {
  const plain = { language: undefined, theme: undefined, mode: 'auto', side: 'right', gap: 20 };
  expect(optionsOf(element({}))).toMatchObject({ ...plain, tenant: '', launcher: 'button' });
  const nonsense = {
    'data-theme': 'pink',
    'data-language': 'fr',
    'data-gap': '-4',
    'data-side': '',
  };
  expect(optionsOf(element(nonsense))).toMatchObject(plain);
  const said = {
    'data-kefu-server': 'https://help.example',
    'data-tenant': 'Shop',
    'data-theme': ' Dark ',
    'data-language': 'en',
    'data-mode': 'frame',
    'data-side': 'left',
    'data-gap': '64',
    'data-launcher': 'none',
  };
  expect(optionsOf(element(said))).toEqual({
    server: 'https://help.example',
    tenant: 'Shop',
    theme: 'dark',
    language: 'en',
    mode: 'frame',
    side: 'left',
    gap: 64,
    launcher: 'none',
  });
});

test('rules for the shadow root know neither :root nor the page’s font size', () => {
  const rules =
    '@font-face{font-family:a}:root{--t:.8125rem}:root[data-theme=dark]{--r:1rem;--x-2rem:0}';
  expect(forShadow(rules)).toBe('.kefu{--t:13px}.kefu[data-theme=dark]{--r:16px;--x-2rem:0}');
});

test('what no rule and no line of the program reads is left out of the rules, and names are short', () => {
  const rules = '.kefu{--ink:#000;--gone:1px;--of-gone:var(--gone);--gap:2px}a{color:var(--ink)}';
  expect(withoutUnused(rules, '')).toBe('.kefu{--0_:#000;--gap:2px}a{color:var(--0_)}');
  expect(withoutUnused(rules, 'set("--ink")')).toContain('--ink:#000');
});

test('a drawing is one path in which no line moves another', () => {
  const line = (d: string) => pathOf(['path', { d }]);
  expect(line('M12 5v14')).toBe('M12 5v14');
  expect(line('m19 12-7 7-7-7')).toBe('M19 12l-7 7-7-7');
  expect(line('m6 9 6 6 6-6')).toBe('M6 9l6 6 6-6');
  expect(line('m.5.5h2')).toBe('M.5 .5h2');
  expect(pathOf(['line', { x1: '12', x2: '12', y1: '8', y2: '12' }])).toBe('M12 8L12 12');
  expect(pathOf(['circle', { cx: '12', cy: '8', r: '5' }])).toBe(
    'M7 8a5 5 0 1 0 10 0a5 5 0 1 0 -10 0',
  );
});

test('the widget has the words of visitors in both languages, and no others', () => {
  for (const words of Object.values(CATALOGUES)) {
    expect(words.widget.unread(2)).toContain('2');
    expect(words.visitor.placeholder).not.toBe('');
    expect(words.agent).toBeUndefined();
  }
});

test('frames are JSON whatever codec is asked for', () => {
  expect(CODECS.proto.subprotocol).toBe('kefu.v1.json');
  const sent = CODECS.proto.encode({ ref: 3n, body: { case: 'ping', value: { silentS: 40 } } });
  expect(JSON.parse(sent as string)).toEqual({ ref: '3', ping: { silentS: 40 } });
  expect(CODECS.proto.decode('{"ref":"3","pong":{"serverTimeMs":"7"}}').body).toMatchObject({
    case: 'pong',
    value: { serverTimeMs: 7n },
  });
});

test('Tab goes round inside a panel that covers the page', () => {
  const root = element({}).attachShadow({ mode: 'open' });
  document.body.append(root.host);
  root.innerHTML =
    '<div tabindex="-1"><button id="a"></button><input id="b"><button disabled></button></div>';
  const inside = root.firstElementChild as HTMLElement;
  const [first, last] = [inside.children[0], inside.children[1]] as HTMLElement[];
  for (const each of inside.children) each.getClientRects = () => [{}] as unknown as DOMRectList;
  const tab = (shiftKey = false) => {
    const event = new KeyboardEvent('keydown', { key: 'Tab', shiftKey, cancelable: true });
    keepInside(event, inside);
    expect(event.defaultPrevented).toBe(true);
    return root.activeElement;
  };
  last!.focus();
  expect(tab()).toBe(first);
  expect(tab()).toBe(last);
  expect(tab()).toBe(first);
  expect(tab(true)).toBe(last);
  expect(tab(true)).toBe(first);
  inside.focus();
  expect(tab()).toBe(first);
  inside.focus();
  expect(tab(true)).toBe(last);
});

test('keys pressed in the widget are not heard outside', () => {
  const shell = document.createElement('div');
  const heard: string[] = [];
  document.body.append(shell);
  keepPrivate(shell);
  for (const name of ['keydown', 'paste', 'click']) {
    document.body.addEventListener(name, () => heard.push(name), { once: true });
    shell.dispatchEvent(new Event(name, { bubbles: true, composed: true }));
  }
  expect(heard).toEqual(['click']);
});

test('the panel is as high as a keyboard leaves it, but not while somebody has zoomed in', () => {
  const seen = Object.assign(new EventTarget(), { offsetTop: 0, height: 640, scale: 1 });
  const page = Object.assign(new EventTarget(), {
    innerWidth: 360,
    innerHeight: 640,
    visualViewport: seen,
  });
  const viewport = new Viewport(page as unknown as Window);
  expect([viewport.full, viewport.top, viewport.height]).toEqual([true, 0, 640]);
  Object.assign(seen, { height: 301.6, offsetTop: 40 }).dispatchEvent(new Event('resize'));
  expect([viewport.top, viewport.height]).toEqual([40, 302]);
  Object.assign(seen, { scale: 2 }).dispatchEvent(new Event('scroll'));
  expect([viewport.top, viewport.height]).toEqual([0, 640]);
  Object.assign(page, { innerWidth: 1280, innerHeight: 800 }).dispatchEvent(new Event('resize'));
  expect(viewport.full).toBe(false);
});

test('an enumeration is what TypeScript makes of it', () => {
  const { UNSPECIFIED, VISITOR, BOT, AGENT, SYSTEM } = Sender;
  expect(numbered({ UNSPECIFIED, VISITOR, BOT, AGENT, SYSTEM })).toEqual(Sender);
});

test('a page is told again when its address changes, with the title that it then has', () => {
  vi.useFakeTimers();
  const navigation = new EventTarget();
  const page = {
    navigation,
    location: { href: 'https://shop.example/a' },
    document: { title: 'A', referrer: 'https://search.example/' },
  };
  const around = page as unknown as Window;
  const told: unknown[] = [];
  onTurn(around, () => told.push(pageOf(around)));
  const turn = () => navigation.dispatchEvent(new Event('currententrychange'));
  turn();
  vi.runAllTimers();
  expect(told).toEqual([]);
  page.location.href = 'https://shop.example/b';
  turn();
  page.document.title = 'B';
  vi.runAllTimers();
  const referrer = 'https://search.example/';
  expect(told).toEqual([{ url: 'https://shop.example/b', title: 'B', referrer }]);
  vi.useRealTimers();
  // Where the browser tells nothing, or the page has something else of that name, nothing breaks.
  onTurn({ ...page, navigation: undefined } as unknown as Window, () => undefined);
  onTurn({ ...page, navigation: ['tea', 'ware'] } as unknown as Window, () => undefined);
});

test('of what pages say to each other, only what is ours is heard', () => {
  expect(isOurs({ kefu: 'close' })).toBe(true);
  for (const other of [null, 'kefu', { type: 'close' }, { kefu: 1 }])
    expect(isOurs(other)).toBe(false);
});
