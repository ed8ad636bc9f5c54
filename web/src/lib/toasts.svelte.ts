export type ToastTone = 'info' | 'good' | 'bad';

export interface Toast {
  id: number;
  tone: ToastTone;
  text: string;
  action?: { label: string; run: () => void };
}

const SHOWN_MS = 5_000;
const MOST = 4;

/** Short messages at the edge of the page, read out by screen readers. */
class Toasts {
  list = $state<Toast[]>([]);
  private lastId = 0;

  show(tone: ToastTone, text: string, action?: Toast['action']): void {
    const id = ++this.lastId;
    this.list = [...this.list, { id, tone, text, action }].slice(-MOST);
    setTimeout(() => this.dismiss(id), SHOWN_MS + (action ? 3_000 : 0));
  }

  dismiss(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
