/** What one upload may weigh, bytes; larger sets belong into the directory itself. */
export const UPLOAD_MAX = 2 * 1024 * 1024;

const NAME = /^(?:[\p{L}\p{N}_-][\p{L}\p{N}._-]*\/)*[\p{L}\p{N}_-][\p{L}\p{N}._-]*\.ya?ml$/u;
const TABLE = /^knowledge\/[\p{L}\p{N}_-][\p{L}\p{N}._-]*\.csv$/u;

/** A path that the server takes: relative, nothing hidden, YAML, or a table of the knowledge base. */
export function goodName(path: string): boolean {
  return path.length <= 200 && (NAME.test(path) || TABLE.test(path));
}

/** Where a file that comes from outside belongs. */
export function pathFor(name: string): string {
  return name.endsWith('.csv') ? `knowledge/${name}` : name;
}

export function bytesShort(bytes: bigint): string {
  const kib = Number(bytes) / 1024;
  if (kib < 1) return `${bytes} B`;
  return kib < 1024 ? `${kib.toFixed(1)} KiB` : `${(kib / 1024).toFixed(1)} MiB`;
}

/** Lets the browser save a text under the file's own name. */
export function saveAs(path: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = path.split('/').at(-1) ?? path;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** The text of a file; `undefined` when its bytes are not UTF-8. */
export async function readText(file: File): Promise<string | undefined> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer());
  } catch {
    return undefined;
  }
}

/** What a new file begins with, so that the editor shows the form at once. */
export function template(path: string, language: 'zh' | 'en'): string {
  const id = (path.split('/').at(-1) ?? path).replace(/\.[^.]+$/, '');
  const words =
    language === 'zh'
      ? { title: '标准问', phrasing: '相似问，像访客真的会打的那样', answer: '回答' }
      : { title: 'Standard question', phrasing: 'as people really type it', answer: 'The answer' };
  return `intents:
  - id: ${id}.new
    title:
      ${language}: ${words.title}
    phrasings:
      ${language}:
        - ${words.phrasing}
    answers:
      ${language}:
        - text: ${words.answer}
`;
}
