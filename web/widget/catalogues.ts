import { closingEn } from '../src/lib/i18n/closing.en';
import { closingZh } from '../src/lib/i18n/closing.zh';
import { talkEn } from '../src/lib/i18n/en';
import type { Language } from '../src/lib/i18n/index.svelte';
import { leftEn } from '../src/lib/i18n/left.en';
import { leftZh } from '../src/lib/i18n/left.zh';
import { talkZh, type Catalogue } from '../src/lib/i18n/zh';

/**
 * What the widget's build puts in the place of `src/lib/i18n/catalogues.ts`: the words that visitors
 * read. Components name them as in any page, so the type says more than is there.
 */
export const CATALOGUES = {
  zh: { ...talkZh, closing: closingZh, left: leftZh },
  en: { ...talkEn, closing: closingEn, left: leftEn },
} as Record<Language, Catalogue>;
