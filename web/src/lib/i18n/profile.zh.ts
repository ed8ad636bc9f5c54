/** Words of what agents know of a conversation and its visitor. */
export const profileZh = {
  tags: '标签',
  add: '添加标签，回车确认',
  remove: (tag: string) => `移除标签 ${tag}`,
  proposed: '已有标签',
  rename: '修改称呼',
  name: '访客称呼',
  renamed: '称呼已修改',
};

export type ProfileWords = typeof profileZh;
