/** What keys do to a text with a selection, as an edit: replace [from, to) by `text`, then select. */
export interface Edit {
  from: number;
  to: number;
  text: string;
  start: number;
  end: number;
}

const INDENT = '  ';

function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
}

/** Tab: spaces to the next stop, or every selected line one step in. */
export function indent(text: string, start: number, end: number): Edit {
  if (start === end) {
    const column = start - lineStart(text, start);
    const spaces = INDENT.slice(column % INDENT.length);
    return {
      from: start,
      to: end,
      text: spaces,
      start: start + spaces.length,
      end: start + spaces.length,
    };
  }
  return eachLine(text, start, end, (line) => (line === '' ? line : INDENT + line));
}

/** Shift+Tab: every selected line one step out. */
export function outdent(text: string, start: number, end: number): Edit {
  return eachLine(text, start, end, (line) => line.replace(/^ {1,2}/, ''));
}

/** Ctrl+/: comments every selected line, or uncomments when all are comments. */
export function toggleComment(text: string, start: number, end: number): Edit {
  const from = lineStart(text, start);
  const lines = text.slice(from, end).split('\n');
  const all = lines.every((line) => /^\s*(#|$)/.test(line)) && lines.some((line) => line.trim());
  return eachLine(text, start, end, (line) => {
    if (line.trim() === '') return line;
    return all ? line.replace(/^(\s*)# ?/, '$1') : line.replace(/^(\s*)/, '$1# ');
  });
}

/** Enter: the next line begins below this one; a list goes on, and an empty item ends it. */
export function newline(text: string, start: number, end: number): Edit {
  const from = lineStart(text, start);
  const line = text.slice(from, start);
  const [, space = '', dash = ''] = /^( *)(- )?/.exec(line) ?? [];
  const item = dash !== '';
  const restEmpty = /^[ \t]*(\n|$)/.test(text.slice(end));
  if (item && line.trim() === '-' && restEmpty) {
    return { from, to: end, text: space, start: from + space.length, end: from + space.length };
  }
  const deeper = /:\s*$/.test(line) ? INDENT : '';
  // `- key: value` opens a mapping, whose next key stands below this one.
  const mapping = item && /^ *- [\w.]+:(\s|$)/.test(line);
  const added = '\n' + space + (mapping ? '  ' : dash) + (mapping || !item ? deeper : '');
  const at = start + added.length;
  return { from: start, to: end, text: added, start: at, end: at };
}

function eachLine(
  text: string,
  start: number,
  end: number,
  change: (line: string) => string,
): Edit {
  const from = lineStart(text, start);
  const before = text.slice(from, end).split('\n');
  const after = before.map(change);
  const firstBy = (after[0] ?? '').length - (before[0] ?? '').length;
  const joined = after.join('\n');
  return {
    from,
    to: end,
    text: joined,
    start: Math.max(from, start + firstBy),
    end: from + joined.length,
  };
}
