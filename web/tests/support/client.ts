import { create } from '@bufbuild/protobuf';
import { WebSocket } from 'ws';
import { BodySchema, type Body } from '../../src/gen/kefu/v1/message_pb';
import { ChatClient, type Limits } from '../../src/lib/client';
import type { CodecName } from '../../src/lib/client';

/** Waits that are short enough for a test and long enough for a busy machine. */
const QUICK: Partial<Limits> = {
  backoffBaseMs: 5,
  backoffMaxMs: 40,
  stableMs: 20,
  reopenMs: 5,
  retryMs: 10,
};

export function newClient(url: string, limits: Partial<Limits> = {}, codec?: CodecName) {
  return new ChatClient({
    url,
    token: () => 'token',
    language: () => 'zh',
    codec,
    limits: { ...QUICK, ...limits },
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
  });
}

export function text(words: string): Body {
  return create(BodySchema, { kind: { case: 'text', value: { text: words } } });
}

/** Resolves once `check` holds; fails loudly when it never does. */
export async function until(check: () => boolean, what: string, withinMs = 5_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!check()) {
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
