export type ToastTone = 'info' | 'good' | 'bad';

export interface Toast {
  id: number;
  tone: ToastTone;
  text: string;
  action?: { label: string; run: () => void };
  /** A newer toast about the same thing takes the place of the older one. */
  about?: string;
}

const SHOWN_MS = 5_000;
const WITH_ACTION_MS = 8_000;
const MOST = 3;

/** Short messages at the edge of the page, read out by screen readers. */
class Toasts {
  list = $state.raw<readonly Toast[]>([]);
  /** What only screen readers are told, because eyes see it happen. */
  spoken = $state('');
  private lastId = 0;

  show(tone: ToastTone, text: string, more: Pick<Toast, 'action' | 'about'> = {}): void {
    const id = ++this.lastId;
    const others = this.list.filter(({ about }) => about === undefined || about !== more.about);
    this.list = [...others, { id, tone, text, ...more }].slice(-MOST);
    setTimeout(() => this.dismiss(id), more.action ? WITH_ACTION_MS : SHOWN_MS);
  }

  say(text: string): void {
    this.spoken = text;
  }

  /** What a toast is about has been seen. */
  settle(about: string): void {
    this.list = this.list.filter((toast) => toast.about !== about);
  }

  dismiss(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
