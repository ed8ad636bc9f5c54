/** The words of the widget's own parts, in Chinese. */
export const widgetZh = {
  open: (name: string) => `打开${name}`,
  close: '收起对话',
  unread: (n: number) => `${n} 条未读消息`,
  mute: '关闭提示音',
  unmute: '打开提示音',
};

export type WidgetWords = typeof widgetZh;
