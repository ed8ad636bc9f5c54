import type { ChatClient, ConnectionState } from '@kefu/sdk';
import { onReturn } from './socket';

/** A cut shorter than this is not worth a word, milliseconds. */
const PATIENCE_MS = 1_500;

/** What a page shows of its connection. */
export class Link {
  state = $state<ConnectionState>('idle');
  /** The browser itself says that there is no network. */
  offline = $state(!navigator.onLine);
  /** It has been down long enough to tell people. */
  troubled = $state(false);
  /** It was up, and has not been down for long. */
  up = $state(false);
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly client: ChatClient) {
    client.connection.on('state', (state) => this.follow(state));
    addEventListener('online', () => (this.offline = false));
    addEventListener('offline', () => (this.offline = true));
    onReturn(() => client.nudge());
  }

  retryNow(): void {
    this.client.nudge();
  }

  private follow(state: ConnectionState): void {
    this.state = state;
    if (state === 'open' || state === 'idle') {
      clearTimeout(this.timer);
      this.timer = undefined;
      this.troubled = false;
      this.up = state === 'open';
    } else {
      this.timer ??= setTimeout(() => {
        this.troubled = true;
        this.up = false;
      }, PATIENCE_MS);
    }
  }
}
