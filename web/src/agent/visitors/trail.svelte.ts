import type { ChatClient } from '@kefu/sdk';
import { TrailSchema, type PageSeen } from '@kefu/sdk/proto/trail';

/** Reading again after a failure waits this long, milliseconds. */
const AGAIN_MS = 2_000;

/** On which pages the visitor of one open conversation was, newest first, live. */
export class Trail {
  pages = $state.raw<readonly PageSeen[]>([]);
  private readonly unsubscribe: (() => void)[];
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** What was heard since; an answer that was asked for before is old. */
  private turn = 0;
  private closed = false;

  constructor(
    private readonly client: ChatClient,
    private readonly conversationId: bigint,
  ) {
    this.unsubscribe = [
      client.connection.on('frame', (body) => {
        if (body.case === 'trail' && body.value.conversationId === conversationId) {
          this.turn += 1;
          this.pages = body.value.pages;
        } else if (body.case === 'opened' && body.value.conversation?.id === conversationId) {
          void this.read();
        }
      }),
      client.on('workspace', () => void this.read()),
    ];
    void this.read();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    for (const off of this.unsubscribe) off();
  }

  private async read(): Promise<void> {
    const { turn } = this;
    clearTimeout(this.timer);
    try {
      const path = `/conversations/${this.conversationId}/trail`;
      const { pages } = await this.client.rest.read(TrailSchema, 'GET', path);
      if (!this.closed && turn === this.turn) this.pages = pages;
    } catch {
      if (!this.closed) this.timer = setTimeout(() => void this.read(), AGAIN_MS);
    }
  }
}
