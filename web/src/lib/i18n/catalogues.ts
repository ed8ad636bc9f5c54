import { en } from './en';
import type { Language } from './index.svelte';
import { zh, type Catalogue } from './zh';

/** The words of a page by language. The widget's build puts its own smaller set in this place. */
export const CATALOGUES: Record<Language, Catalogue> = { zh, en };
