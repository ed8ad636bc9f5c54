import type { WidgetWords } from './widget.zh';

export const widgetEn: WidgetWords = {
  open: (name) => `Open ${name}`,
  close: 'Close the chat',
  unread: (n) => `${n} unread ${n === 1 ? 'message' : 'messages'}`,
  mute: 'Turn the sound off',
  unmute: 'Turn the sound on',
};
