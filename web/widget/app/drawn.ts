import type { Component, ComponentProps } from 'svelte';
import Icon from './Icon.svelte';

/** A component that draws this path; how large and how bold never changes while it is shown. */
export const drawn =
  (d: string): Component<Omit<ComponentProps<typeof Icon>, 'd'>> =>
  (anchor, { size, strokeWidth }) =>
    Icon(anchor, { d, size, strokeWidth });
