import type { Board } from '@kefu/sdk/proto/board';
import { problemCode, type Rest } from '@kefu/sdk';
import { i18n } from '../../lib/i18n/index.svelte';
import { toasts } from '../../lib/toasts.svelte';
import { BoardApi } from './api';
import { ServerClock } from './server-clock.svelte';

/** What supervisors watch: read when the page opens, then as the server sends it. */
export class BoardState {
  now = $state.raw<Board | undefined>();
  /** Waits that are shown tick by it. */
  readonly clock = new ServerClock();
  readonly api: BoardApi;

  constructor(rest: Rest) {
    this.api = new BoardApi(rest);
  }

  /** The newest stands, whichever way it came. */
  take(board: Board): void {
    this.clock.take(Number(board.atMs), Date.now());
    if (this.now && board.atMs < this.now.atMs && board.dayFromMs === this.now.dayFromMs) return;
    this.now = board;
  }

  async load(): Promise<void> {
    try {
      this.take(await this.api.board());
    } catch (error) {
      toasts.show('bad', i18n.problem(problemCode(error)));
    }
  }
}
