import type { Shown } from '../../widget/app/visit.svelte';

/** A conversation of which there is only how much is unread. */
export class Counted implements Shown {
  open = $state(false);
  unread = $state(0);
}
