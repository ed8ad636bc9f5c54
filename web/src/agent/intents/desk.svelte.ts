import { IntentsStatus_State as State, type IntentsStatus } from '@kefu/sdk/proto/catalogue';
import { problemCode } from '@kefu/sdk';
import type { Workspace } from '../state/workspace.svelte';
import { Draft } from './draft.svelte';
import { IntentsApi } from './api';

/** How often what serves is looked at: usually, and while a set is being built. Milliseconds. */
const USUAL_MS = 5_000;
const BUILDING_MS = 700;

/** What all parts of the section share: the doors, what serves now, and what is being edited. */
export class IntentsDesk {
  readonly api: IntentsApi;
  readonly draft: Draft;
  readonly writes: boolean;
  status = $state.raw<IntentsStatus | undefined>();
  /** Why the status could not be had, as a problem's word. */
  problem = $state('');
  private timer: ReturnType<typeof setTimeout> | undefined;
  private watching = false;

  constructor(workspace: Workspace) {
    this.api = new IntentsApi(workspace.rest);
    this.writes = workspace.isAdmin;
    this.draft = new Draft(this.api, workspace.me.id);
  }

  get serving(): bigint {
    return this.status?.serving?.number ?? 0n;
  }

  /** Looks at once, and again and again until the returned function is called. */
  watch(): () => void {
    this.watching = true;
    void this.look();
    return () => {
      this.watching = false;
      clearTimeout(this.timer);
    };
  }

  async look(): Promise<void> {
    clearTimeout(this.timer);
    try {
      this.status = await this.api.status();
      this.problem = '';
    } catch (error) {
      this.problem = problemCode(error);
    }
    if (!this.watching) return;
    clearTimeout(this.timer);
    const building = this.status?.state === State.BUILDING;
    this.timer = setTimeout(() => void this.look(), building ? BUILDING_MS : USUAL_MS);
  }
}
