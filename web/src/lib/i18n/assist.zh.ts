/** Words of what helps agents: proposed replies, pages of visitors, earlier talks, what waits. */
export const assistZh = {
  title: '建议回复',
  send: (n: number) => `发送第 ${n} 条（Alt+Shift+${n}）`,
  edit: (title: string) => `放入输入框修改：${title}`,
  editKeys: (n: number) => `放入输入框修改（Ctrl+Alt+Shift+${n}）`,
  arrived: (n: number) => `有 ${n} 条建议回复`,
  taken: '采纳建议',
  takenEdited: '采纳建议并修改',
  keys: '发送建议回复',
  keysEdit: '修改建议回复',
  counts: {
    title: '建议回复的采纳',
    hint: (days: number) => `最近 ${days} 天，按 UTC 日期统计`,
    intent: '意图',
    proposed: '展示',
    taken: '采纳',
    edited: '修改后采纳',
    share: '采纳率',
    none: '还没有展示过建议回复',
  },
  trail: {
    title: '访客轨迹',
    none: '没有浏览记录',
    from: '来自',
    now: '当前页面',
  },
  talks: {
    title: '过往会话',
    none: '没有更早的人工会话',
    by: (name: string) => (name ? `${name} 接待` : '机器人'),
    jump: (when: string) => `跳到 ${when} 的会话`,
    more: '显示更多',
  },
  orders: {
    title: '订单',
    none: '还没有连接订单系统',
    hint: '由开发人员实现连接器后，这里会显示访客的订单。接入方式见 docs/assist.md。',
    failed: '订单读取失败',
  },
  attention: {
    waits: '访客在等回复',
    lost: '机器人多次没听懂',
    words: '出现敏感词',
    offered: '等待您接受',
    due: '即将超时',
  },
  watched: '客服可以看到您正在输入的内容',
  writing: (name: string) => `${name} 正在输入：`,
  emoji: {
    open: '插入表情',
    label: '表情',
  },
};

export type AssistWords = typeof assistZh;
