import type { SearchWords } from './search.zh';

export const searchEn: SearchWords = {
  title: 'Search messages',
  placeholder: 'Search what was said in all conversations…',
  here: 'This conversation only',
  hint: 'All words between spaces must be there. Case does not matter, nor traditional or simplified characters.',
  none: (query) => `No message has “${query}”`,
  off: 'Search is switched off. An operator can switch it on with search.enabled.',
  catchingUp: 'Older messages are still being indexed: some may be missing here.',
  count: (n, more) => `${more ? 'At least ' : ''}${n} ${n === 1 ? 'result' : 'results'}`,
  more: 'More results',
  colon: ': ',
  command: (query) => (query ? `Search messages: ${query}` : 'Search messages'),
  tooFar: 'This message is too far back. Scroll up to find it.',
};
