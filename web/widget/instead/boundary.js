// In the place of Svelte's boundary, which shows something else while parts are awaited or when one has
// failed: the widget has no `<svelte:boundary>`, and what is mounted is one branch of its root.
import { EFFECT_PRESERVED, EFFECT_TRANSPARENT } from '#client/constants';
import { block, branch } from '../../reactivity/effects.js';

export function boundary(node, _props, children) {
  block(() => {
    branch(() => children(node));
  }, EFFECT_TRANSPARENT | EFFECT_PRESERVED);
}

/** What is awaited: nothing. */
export const pending = () => 0;
