import type { ChatClient } from '@kefu/sdk';
import { TagNamesSchema, TagsSchema } from '@kefu/sdk/proto/profile';

/** Reading again after a failure waits this long, milliseconds. */
const AGAIN_MS = 2_000;

/** The tags of one open conversation, live. */
export class Tags {
  all = $state.raw<readonly string[]>([]);
  private readonly unsubscribe: (() => void)[];
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** What was heard or answered since; an answer that was asked for before is old. */
  private turn = 0;
  private closed = false;

  constructor(
    private readonly client: ChatClient,
    private readonly conversationId: bigint,
  ) {
    this.unsubscribe = [
      client.connection.on('frame', (body) => {
        if (body.case === 'tags' && body.value.conversationId === conversationId) {
          this.learn(body.value.tags);
        } else if (body.case === 'opened' && body.value.conversation?.id === conversationId) {
          void this.read();
        }
      }),
      client.on('workspace', () => void this.read()),
    ];
    void this.read();
  }

  /** Rejects with a `ProblemError`. */
  async change(add: string[], remove: string[]): Promise<void> {
    const { rest } = this.client;
    this.learn((await rest.read(TagsSchema, 'PATCH', this.path, { add, remove })).tags);
  }

  /** Tags in use that begin so, but those that are there. Rejects with a `ProblemError`. */
  async proposed(prefix: string): Promise<string[]> {
    const path = `/tags?prefix=${encodeURIComponent(prefix)}`;
    const { names } = await this.client.rest.read(TagNamesSchema, 'GET', path);
    return names.filter((name) => !this.all.includes(name));
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    for (const off of this.unsubscribe) off();
  }

  private get path(): string {
    return `/conversations/${this.conversationId}/tags`;
  }

  private learn(tags: readonly string[]): void {
    this.turn += 1;
    this.all = tags;
  }

  private async read(): Promise<void> {
    const { turn } = this;
    clearTimeout(this.timer);
    try {
      const { tags } = await this.client.rest.read(TagsSchema, 'GET', this.path);
      if (!this.closed && turn === this.turn) this.learn(tags);
    } catch {
      if (!this.closed) this.timer = setTimeout(() => void this.read(), AGAIN_MS);
    }
  }
}
