import type { Runtime } from '../base/runtime.js';
import type { Store } from '../tabs/store.js';

const KEY = 'kefu.device';

/** This browser, as it calls itself to the server: its tabs are one device. */
export function deviceId(store: Store, runtime: Runtime): string {
  const known = store.get(KEY);
  if (known && /^[A-Za-z0-9_-]{1,64}$/.test(known)) return known;
  const fresh = runtime.id();
  store.set(KEY, fresh);
  return fresh;
}
