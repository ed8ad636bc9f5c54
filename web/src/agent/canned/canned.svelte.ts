import type { ChatClient, Rest } from '@kefu/sdk';
import { CannedRepliesSchema, CannedReplySchema, type CannedReply } from '@kefu/sdk/proto/canned';

const PATH = '/canned-replies';

/** What an agent may write of a canned reply. */
export interface CannedFields {
  /** 0: everybody's. */
  ownerId: bigint;
  shortcut: string;
  title: string;
  textZh: string;
  textEn: string;
}

/** The replies that are kept ready: the shared ones and one's own. Reads anew at every snapshot. */
export class Canned {
  all = $state.raw<readonly CannedReply[]>([]);
  loaded = $state(false);
  private readonly rest: Rest;

  constructor(client: ChatClient) {
    this.rest = client.rest;
    // A cut leaves those that are there: the next snapshot reads again.
    client.on('workspace', () => void this.load().catch(() => undefined));
  }

  /** Rejects with a `ProblemError`. */
  async load(): Promise<void> {
    try {
      this.all = (await this.rest.read(CannedRepliesSchema, 'GET', PATH)).replies;
    } finally {
      this.loaded = true;
    }
  }

  /** Adds one, or changes the one that was seen. Rejects with a `ProblemError`. */
  async save(fields: CannedFields, seen?: CannedReply): Promise<void> {
    const { ownerId, ...texts } = fields;
    const body = { ...texts, ownerId: String(ownerId) };
    if (!seen) await this.rest.read(CannedReplySchema, 'POST', PATH, body);
    else {
      const changed = { ...body, version: String(seen.version) };
      await this.rest.read(CannedReplySchema, 'PUT', `${PATH}/${seen.id}`, changed);
    }
    await this.load();
  }

  /** Rejects with a `ProblemError`. */
  async remove(id: bigint): Promise<void> {
    await this.rest.call('DELETE', `${PATH}/${id}`);
    await this.load();
  }
}
