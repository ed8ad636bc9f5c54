/** What a key press means in a composer. */
export type ComposerKey = 'send' | 'other';

/**
 * Enter sends, Shift+Enter breaks the line. While an input method composes, Enter chooses a
 * candidate and must not send: `isComposing` says so, except in Safari, which ends the composition
 * first and then reports the key as 229.
 */
export function composerKey(event: KeyboardEvent): ComposerKey {
  const composing = event.isComposing || event.keyCode === 229;
  const plain = !event.shiftKey && !event.altKey;
  return event.key === 'Enter' && plain && !composing ? 'send' : 'other';
}
