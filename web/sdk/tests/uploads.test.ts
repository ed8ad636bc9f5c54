import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../src/base/limits.js';
import { ProblemError } from '../src/base/problem.js';
import { systemRuntime, type Runtime } from '../src/base/runtime.js';
import { upload } from '../src/chat/uploads.js';
import { Rest } from '../src/net/rest.js';

interface Seen {
  clientId: string | null;
  name: string | null;
  token: string | undefined;
  bytes: number;
}

type Answer = (response: ServerResponse, seen: Seen, incoming: IncomingMessage) => void;

let server: Server | undefined;

afterEach(() => new Promise<void>((done) => void (server ? server.close(() => done()) : done())));

/** A server that answers each upload with the next of `answers`. */
async function serving(answers: Answer[]): Promise<{ rest: Rest; seen: Seen[] }> {
  const seen: Seen[] = [];
  server = createServer((incoming, response) => {
    const query = new URL(incoming.url ?? '', 'http://x').searchParams;
    const one: Seen = {
      clientId: query.get('client_id'),
      name: query.get('name'),
      token: incoming.headers.authorization,
      bytes: 0,
    };
    seen.push(one);
    incoming.on('data', (chunk: Buffer) => (one.bytes += chunk.length));
    incoming.on('error', () => {});
    incoming.on('end', () => answers.shift()?.(response, one, incoming));
  });
  server.keepAliveTimeout = 1;
  await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return { rest: new Rest(() => 'secret', `http://127.0.0.1:${port}`), seen };
}

const json = (status: number, body: unknown): Answer => {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
};
const kept = json(201, { mediaId: '7', body: { file: { mediaId: '7', name: 'a.txt' } } });
const cut: Answer = (response) => void response.socket?.destroy();

/** Waits for nothing. */
const hasty: Runtime = {
  ...systemRuntime,
  after: (_, run) => systemRuntime.after(0, run),
};
const context = { runtime: hasty, limits: DEFAULT_LIMITS };
const file = () => new File(['words'], 'a.txt', { type: 'text/plain' });

describe('an upload', () => {
  it('is repeated under one client id until it is kept', async () => {
    const later = json(503, { code: 'unavailable', detail: 'not now', retryAfterMs: 1 });
    const { rest, seen } = await serving([cut, later, kept]);
    const progress: number[] = [];
    const body = await upload(rest, context, 5n, file(), {
      onProgress: (sent) => progress.push(sent),
    });
    expect(body.kind.case === 'file' && body.kind.value.mediaId).toBe(7n);
    expect(seen.map(({ bytes, name, token }) => [bytes, name, token])).toEqual(
      Array.from({ length: 3 }, () => [5, 'a.txt', 'Bearer secret']),
    );
    expect(new Set(seen.map(({ clientId }) => clientId)).size).toBe(1);
    expect(progress.at(-1)).toBe(5);
  });

  it('that is refused is not repeated, and says why', async () => {
    const { rest, seen } = await serving([json(415, { code: 'invalid', detail: 'no programs' })]);
    const refused = await upload(rest, context, 5n, file(), {}).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ProblemError);
    expect(refused).toMatchObject({ code: 'invalid', status: 415, message: 'no programs' });
    expect(seen).toHaveLength(1);
  });

  it('ends when it is given up, under way or between two tries', async () => {
    const abort = new AbortController();
    const { rest } = await serving([() => abort.abort()]);
    const options = { signal: abort.signal };
    const aborted = upload(rest, context, 5n, file(), options);
    await expect(aborted).rejects.toMatchObject({ code: 'aborted' });
    const patient: Runtime = { ...systemRuntime, after: () => () => {} };
    const second = new AbortController();
    const waiting = upload(
      new Rest(() => '', 'http://127.0.0.1:1'),
      { runtime: patient, limits: DEFAULT_LIMITS },
      5n,
      file(),
      { signal: second.signal },
    );
    setTimeout(() => second.abort(), 50);
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
  });

  it('that never arrives is given up after some tries', async () => {
    const { rest, seen } = await serving(Array.from({ length: 9 }, () => cut));
    const failed = upload(rest, context, 5n, file(), {});
    await expect(failed).rejects.toMatchObject({ code: 'offline' });
    expect(seen).toHaveLength(DEFAULT_LIMITS.uploadTries);
  });
});
