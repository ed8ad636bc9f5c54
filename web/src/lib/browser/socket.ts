import type { CodecName } from '@kefu/sdk';

/** `?codec=json` makes the traffic readable, for people who debug. */
export function codecOfPage(): CodecName {
  return new URLSearchParams(location.search).get('codec') === 'json' ? 'json' : 'proto';
}

/** Calls back when the network or the page comes back into use. */
export function onReturn(callback: () => void): void {
  addEventListener('online', callback);
  addEventListener('pageshow', callback);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') callback();
  });
}
