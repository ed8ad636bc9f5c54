import { newClientId } from '../client';
import { local } from '../storage';

const KEY = 'kefu.device';

/** This browser, as it calls itself to the server: its tabs are one device. */
export function deviceId(): string {
  const known = local.get(KEY);
  if (known && /^[A-Za-z0-9_-]{1,64}$/.test(known)) return known;
  const fresh = newClientId();
  local.set(KEY, fresh);
  return fresh;
}
