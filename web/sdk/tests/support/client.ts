import { WebSocket } from 'ws';
import {
  ChatClient,
  textBody,
  WebSocketTransport,
  type Body,
  type ClientOptions,
  type Limits,
} from '@kefu/sdk';

/** Waits that are short enough for a test and long enough for a busy machine. */
const QUICK: Partial<Limits> = {
  backoffBaseMs: 5,
  backoffMaxMs: 40,
  stableMs: 20,
  reopenMs: 5,
  retryMs: 10,
  adoptMs: 20,
};

export function newClient(
  server: string,
  limits: Partial<Limits> = {},
  more: Partial<ClientOptions> = {},
) {
  return new ChatClient({
    server,
    token: () => 'token',
    limits: { ...QUICK, ...limits },
    transports: [new WebSocketTransport(WebSocket as unknown as typeof globalThis.WebSocket)],
    ...more,
  });
}

export function text(words: string): Body {
  return textBody(words);
}

/** Resolves once `check` holds; fails loudly when it never does. */
export async function until(check: () => boolean, what: string, withinMs = 5_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!check()) {
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
