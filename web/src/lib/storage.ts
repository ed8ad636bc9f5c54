import { browserStore } from '@kefu/sdk';

/** Kept in this browser; where it denies storage, as long as the page. */
export const local = browserStore(() => localStorage);

/** Tells when another tab of this browser changed a key of `local`. */
export function onElsewhere(key: string, changed: (value: string | null) => void): void {
  addEventListener('storage', (event) => {
    if (event.key === key) changed(event.newValue);
  });
}
