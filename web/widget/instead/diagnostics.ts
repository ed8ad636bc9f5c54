import type { Trace } from '../../sdk/src/diagnostics/diagnostics';
import type { Runtime } from '../../sdk/src/base/runtime';

export const SDK_VERSION = '0.1.0';

/**
 * What the widget's build puts in the place of the SDK's diagnostics: the trace of a connection, which
 * the server's log has too, and no memory of what happened. Nobody could ask the widget for it.
 */
export class Diagnostics {
  constructor(private readonly runtime: Runtime) {}

  trace(): Trace {
    const digit = () => Math.floor(this.runtime.random() * 16).toString(16);
    return { id: Array.from({ length: 32 }, digit).join(''), sampled: false };
  }

  record(): void {}
}
