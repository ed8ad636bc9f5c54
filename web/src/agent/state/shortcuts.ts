/** One key combination, as code and as people read it. */
export interface Combo {
  /** `KeyboardEvent.code`, which does not change with Alt or the layout's language. */
  code: string;
  alt?: boolean;
  /** Ctrl, or Command on a Mac. */
  mod?: boolean;
  shown: string[];
}

export const COMBOS = {
  palette: { code: 'KeyK', mod: true, shown: ['Ctrl', 'K'] },
  claim: { code: 'KeyA', alt: true, shown: ['Alt', 'A'] },
  end: { code: 'KeyX', alt: true, shown: ['Alt', 'X'] },
  finish: { code: 'KeyW', alt: true, shown: ['Alt', 'W'] },
  return: { code: 'KeyB', alt: true, shown: ['Alt', 'B'] },
  transfer: { code: 'KeyT', alt: true, shown: ['Alt', 'T'] },
  prioritize: { code: 'KeyP', alt: true, shown: ['Alt', 'P'] },
  note: { code: 'KeyM', alt: true, shown: ['Alt', 'M'] },
  next: { code: 'KeyN', alt: true, shown: ['Alt', 'N'] },
  down: { code: 'ArrowDown', alt: true, shown: ['Alt', '↓'] },
  up: { code: 'ArrowUp', alt: true, shown: ['Alt', '↑'] },
  tab1: { code: 'Digit1', alt: true, shown: ['Alt', '1'] },
  tab2: { code: 'Digit2', alt: true, shown: ['Alt', '2'] },
  tab3: { code: 'Digit3', alt: true, shown: ['Alt', '3'] },
  tab4: { code: 'Digit4', alt: true, shown: ['Alt', '4'] },
  tab5: { code: 'Digit5', alt: true, shown: ['Alt', '5'] },
} satisfies Record<string, Combo>;

export type ComboName = keyof typeof COMBOS;

/** Which combination was pressed, if any. */
export function comboOf(event: KeyboardEvent): ComboName | undefined {
  const mod = event.ctrlKey || event.metaKey;
  for (const [name, combo] of Object.entries(COMBOS) as [ComboName, Combo][]) {
    const same = combo.code === event.code && !event.shiftKey;
    if (same && Boolean(combo.alt) === event.altKey && Boolean(combo.mod) === mod) return name;
  }
  return undefined;
}

/** Whether the keys go into a field, where a bare letter is a letter. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}
