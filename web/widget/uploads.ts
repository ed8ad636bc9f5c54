/** What the widget's build puts in the place of uploads: pictures and files are shown, not sent. */
export class Uploads {
  readonly items = [];
  add(): void {}
  close(): void {}
}

export const filesOf = (): File[] => [];
export const TAKES_FILES = false;

/** Of the SDK's uploads: there are none. */
const none = (): Promise<never> => Promise.reject(new Error('the widget sends no files'));
export const post = none;
export const upload = none;
export const nameOf = (): string => '';
