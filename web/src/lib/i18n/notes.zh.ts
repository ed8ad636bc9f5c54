/** Words of what agents share around a conversation. */
export const notesZh = {
  reply: '回复访客',
  note: '内部备注',
  mode: '写给谁',
  write: '写备注',
  placeholder: '内部备注，访客看不到；@登录名 可提醒同事',
  privately: '内部备注 · 访客不可见',
  whisper: '悄悄话',
  whisperTo: (name: string) => `悄悄提醒 ${name}`,
  toggled: (on: boolean): string => (on ? '正在写内部备注，访客看不到' : '正在回复访客'),
  viewing: (names: string, more: number) =>
    more > 0 ? `${names} 等 ${more} 人也在看` : `${names} 也在看`,
  mentions: (n: string) => `${n} 条备注提到你`,
  mentioned: (author: string, name: string) => `${author} 在 ${name} 的会话中提到你`,
  draft: '[草稿]',
  colleagues: '提醒同事',
  join: '、',
};

export type NotesWords = typeof notesZh;
