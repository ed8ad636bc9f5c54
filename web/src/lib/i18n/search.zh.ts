/** Words of the search over everything that was said. */
export const searchZh = {
  title: '搜索消息',
  placeholder: '搜索所有会话中的消息…',
  here: '仅当前会话',
  hint: '用空格隔开的词都要出现；简体、繁体与大小写不影响结果。',
  none: (query: string) => `没有消息包含“${query}”`,
  off: '消息搜索已关闭。请联系管理员启用 search.enabled。',
  catchingUp: '较早的消息仍在建立索引，结果可能不全。',
  count: (n: number, more: boolean) => (more ? `至少 ${n} 条结果` : `${n} 条结果`),
  more: '更多结果',
  colon: '：',
  command: (query: string) => (query ? `搜索消息：${query}` : '搜索消息'),
  tooFar: '这条消息太早，请向上滚动查看。',
};

export type SearchWords = typeof searchZh;
