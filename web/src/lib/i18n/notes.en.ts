import type { NotesWords } from './notes.zh';

export const notesEn: NotesWords = {
  reply: 'Reply',
  note: 'Note',
  mode: 'For whom',
  write: 'Write a note',
  placeholder: 'For colleagues only; the visitor never sees it. @login mentions one',
  privately: 'Internal note · not for the visitor',
  whisper: 'Whisper',
  whisperTo: (name) => `Whisper to ${name}`,
  toggled: (on) => (on ? 'Writing an internal note' : 'Writing to the visitor'),
  viewing: (names, more) =>
    more > 0 ? `${names} and others (${more}) are looking, too` : `${names} also looking`,
  mentions: (n) => `Mentioned in ${n} ${n === '1' ? 'note' : 'notes'}`,
  mentioned: (author, name) => `${author} mentioned you at ${name}`,
  draft: '[Draft]',
  colleagues: 'Colleagues',
  join: ', ',
};
