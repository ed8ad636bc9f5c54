import { problemCode } from '@kefu/sdk';
import { i18n } from '../../lib/i18n/index.svelte';
import { toasts } from '../../lib/toasts.svelte';
import type { Workspace } from './workspace.svelte';

/** Ends the session here, or every session of this user, then leaves the workspace. */
export async function logout(
  { rest, client, talk }: Workspace,
  everywhere: boolean,
  onleave: () => void,
): Promise<void> {
  try {
    await rest.logout(everywhere);
  } catch (error) {
    // A session that is gone already is as good as logged out.
    if (problemCode(error) !== 'unauthenticated') {
      toasts.show('bad', i18n.problem(problemCode(error)));
      return;
    }
  }
  // Whoever sits down here next has other drafts.
  talk.forgetDrafts();
  client.forgetAll();
  onleave();
}
