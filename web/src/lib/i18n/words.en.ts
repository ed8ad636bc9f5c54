import type { wordsZh } from './words.zh';

export const wordsEn: typeof wordsZh = {
  title: 'Sensitive words',
  visitor: (name) => `Sensitive words in a message from ${name}`,
  agent: (agent, name) => `Sensitive words in a message from agent ${agent} to ${name}`,
  times: (n) => `${n} times`,
  more: (n) => (n === 1 ? '1 more conversation' : `${n} more conversations`),
  open: 'Open',
  dismiss: 'Dismiss',
};
