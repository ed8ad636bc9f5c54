import { BoardSchema } from '@kefu/sdk/proto/board';
import { AgentSchema } from '@kefu/sdk/proto/message';
import type { Rest } from '@kefu/sdk';

/** The server's doors for the board. Every method rejects with a `ProblemError`. */
export class BoardApi {
  constructor(private readonly rest: Rest) {}

  board() {
    return this.rest.read(BoardSchema, 'GET', '/board');
  }

  /** Ends all sessions of a user. */
  logOut(user: bigint) {
    return this.rest.read(AgentSchema, 'POST', `/users/${user}/logout`);
  }
}
