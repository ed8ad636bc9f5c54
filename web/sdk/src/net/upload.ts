import { ProblemError } from '../base/problem.js';

/** What may be said about an upload, and heard of it. */
export interface UploadOptions {
  /** Default: the file's own, if it is a `File`. */
  readonly name?: string;
  /** How far it is. It begins anew when the upload is tried again. */
  readonly onProgress?: (sentBytes: number, totalBytes: number) => void;
  /** Gives it up. */
  readonly signal?: AbortSignal;
}

/** Where to, and as whom. */
export interface UploadTarget {
  readonly url: string;
  /** Empty: the cookie goes along instead. */
  readonly token: string;
  readonly timeoutMs: number;
}

/** The name that a file has. */
export function nameOf(file: Blob, { name }: UploadOptions): string {
  const own = 'name' in file && typeof file.name === 'string' ? file.name : '';
  return name ?? own;
}

/**
 * One POST with a file as its body. By XMLHttpRequest where there is one: it tells how far it is,
 * which `fetch` does not. Rejects with a `ProblemError` when no answer came.
 */
export function post(target: UploadTarget, file: Blob, options: UploadOptions): Promise<Response> {
  const abandoned = new ProblemError('aborted', 'the upload was given up');
  if (options.signal?.aborted) return Promise.reject(abandoned);
  return typeof XMLHttpRequest === 'undefined'
    ? byFetch(target, file, options, abandoned)
    : byRequest(target, file, options, abandoned);
}

function byRequest(
  { url, token, timeoutMs }: UploadTarget,
  file: Blob,
  { onProgress, signal }: UploadOptions,
  abandoned: ProblemError,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    const done = (end: () => void) => () => {
      signal?.removeEventListener('abort', abort);
      end();
    };
    const fail = (code: string) => done(() => reject(new ProblemError(code, 'no answer')));
    request.open('POST', url);
    request.timeout = timeoutMs;
    request.setRequestHeader('accept', 'application/json');
    request.setRequestHeader('content-type', file.type || 'application/octet-stream');
    if (token) request.setRequestHeader('authorization', `Bearer ${token}`);
    request.upload.onprogress = ({ loaded }) =>
      onProgress?.(Math.min(loaded, file.size), file.size);
    request.onload = done(() => {
      const { responseText, status, statusText } = request;
      resolve(new Response(responseText, { status, statusText }));
    });
    request.onerror = fail('offline');
    request.ontimeout = fail('timeout');
    request.onabort = done(() => reject(abandoned));
    signal?.addEventListener('abort', abort);
    request.send(file);
  });
}

async function byFetch(
  { url, token, timeoutMs }: UploadTarget,
  file: Blob,
  { onProgress, signal }: UploadOptions,
  abandoned: ProblemError,
): Promise<Response> {
  const late = AbortSignal.timeout(timeoutMs);
  const headers: Record<string, string> = {
    accept: 'application/json',
    'content-type': file.type || 'application/octet-stream',
  };
  if (token) headers.authorization = `Bearer ${token}`;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: file,
      credentials: token ? 'omit' : 'same-origin',
      signal: signal ? AbortSignal.any([signal, late]) : late,
    });
    onProgress?.(file.size, file.size);
    return response;
  } catch {
    if (signal?.aborted) throw abandoned;
    throw new ProblemError(late.aborted ? 'timeout' : 'offline', 'no answer');
  }
}
