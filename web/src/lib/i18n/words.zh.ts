/** Words about sensitive words. */
export const wordsZh = {
  title: '敏感词提醒',
  visitor: (name: string) => `${name}的消息触发敏感词提醒`,
  agent: (agent: string, name: string) => `客服${agent}发给${name}的消息触发敏感词提醒`,
  times: (n: number) => `${n} 次`,
  more: (n: number) => `另有 ${n} 个会话`,
  open: '查看',
  dismiss: '知道了',
};
