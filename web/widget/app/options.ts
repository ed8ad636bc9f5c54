import { SERVER } from '../marks';
import type { Language } from '../../src/lib/i18n/index.svelte';
import type { Theme } from '../../src/lib/theme.svelte';

/** What the page says by `data-` attributes. Whatever is none of the values is as if it were not there. */
export interface Options {
  /** "https://help.example", where the script came from. */
  readonly server: string;
  /** The tenant that the page means; empty: whichever the server has. */
  readonly tenant: string;
  readonly language: Language | undefined;
  readonly theme: Theme | undefined;
  /** "auto": a frame only where the page's policy forbids requests to the server. */
  readonly mode: 'auto' | 'frame';
  readonly side: 'right' | 'left';
  /** Between the button and the edges of the window, pixels. */
  readonly gap: number;
  /** "none": the page has a button of its own. */
  readonly launcher: 'button' | 'none';
}

const GAP_PX = 20;
const GAP_MAX_PX = 400;

export function optionsOf(element: HTMLElement): Options {
  const said = (name: string) => element.getAttribute(`data-${name}`)?.trim().toLowerCase() ?? '';
  const one = <T extends string>(name: string, ...allowed: T[]): T | undefined =>
    allowed.find((value) => value === said(name));
  const gap = Number(said('gap') || GAP_PX);
  return {
    server: element.getAttribute(SERVER) ?? '',
    tenant: element.getAttribute('data-tenant')?.trim() ?? '',
    language: one('language', 'zh', 'en'),
    theme: one('theme', 'light', 'dark'),
    mode: one('mode', 'frame') ?? 'auto',
    side: one('side', 'left') ?? 'right',
    gap: gap >= 0 && gap <= GAP_MAX_PX ? gap : GAP_PX,
    launcher: one('launcher', 'none') ?? 'button',
  };
}
