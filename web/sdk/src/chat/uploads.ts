import type { Limits } from '../base/limits.js';
import { ProblemError } from '../base/problem.js';
import type { Runtime } from '../base/runtime.js';
import type { Body } from '../gen/message.js';
import type { Rest } from '../net/rest.js';
import type { UploadOptions } from '../net/upload.js';

/**
 * Uploads a file until the server has it durably, whatever the line does: a try that was cut is
 * repeated under the same client id, so that it is kept once. Rejects with a `ProblemError`:
 * "aborted" when it was given up, else the server's word, or what cut the last try.
 */
export async function upload(
  rest: Rest,
  { runtime, limits }: { runtime: Runtime; limits: Limits },
  conversationId: bigint,
  file: Blob,
  options: UploadOptions,
): Promise<Body> {
  const clientId = runtime.id();
  for (let tries = 1; ; tries += 1) {
    try {
      return await rest.upload(conversationId, clientId, file, options);
    } catch (error) {
      const again = error instanceof ProblemError && error.transient && tries < limits.uploadTries;
      if (!again) throw error;
      const waitMs = Math.max(error.retryAfterMs, limits.retryMs * tries);
      await pause(runtime, Math.min(waitMs, limits.retryMaxMs), options.signal);
      options.onProgress?.(0, file.size);
    }
  }
}

/** Waits, or rejects as soon as it is given up. */
function pause(runtime: Runtime, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      cancel();
      reject(new ProblemError('aborted', 'the upload was given up'));
    };
    const cancel = runtime.after(ms, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}
