import { MediaQuery } from 'svelte/reactivity';

/** There is room for the panel beside the chat; the guided questions are then shown there. */
export const wide = new MediaQuery('min-width: 1080px');
