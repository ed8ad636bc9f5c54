import type { wordsZh } from './words.zh';

export const wordsEn: typeof wordsZh = {
  title: 'Sensitive words',
  visitor: (name) => `Sensitive words in a message from ${name}`,
  agent: (agent, name) => `Sensitive words in a message from agent ${agent} to ${name}`,
  times: (n) => `${n} times`,
  more: (n) => (n === 1 ? '1 more conversation' : `${n} more conversations`),
  open: 'Open',
  dismiss: 'Dismiss',
  pageHint:
    'Which rules matched and where, without what was written; kept as long as the conversation',
  tabsLabel: 'Seen or not',
  tabs: { unseen: 'Not seen', seen: 'Seen' },
  none: { unseen: 'Nothing that nobody has seen', seen: 'Nobody has seen anything yet' },
  visitorsList: 'List for visitors',
  agentsList: 'List for agents',
  rules: 'Rules that matched',
  places: (at) => `at ${at}`,
  unshown: 'in what a button says, not shown',
  comma: ', ',
  semicolon: '; ',
  see: 'Mark as seen',
  seeAll: (n) => `Mark all ${n} as seen`,
  seenBy: (who) => `Seen by ${who}`,
  seenAt: (name, time) => `${name} (${time})`,
  view: 'Open the message',
  loadMore: 'Load more',
};
