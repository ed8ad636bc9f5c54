import { Chime } from '../../lib/chime';
import { local } from '../../lib/storage';

const SOUND_KEY = 'kefu.sound';
const NOTIFY_KEY = 'kefu.notify';

/** Two soft notes for a conversation, one for a message: frequencies in Hz. */
const TUNES = { conversation: [659, 880], message: [740] };

/** Sounds and desktop notifications, as far as the agent and the browser allow them. */
class Alerts {
  sound = $state(local.get(SOUND_KEY) !== 'off');
  notifications = $state(local.get(NOTIFY_KEY) === 'on' && permission() === 'granted');
  private readonly chime = new Chime();

  setSound(on: boolean): void {
    this.sound = on;
    local.set(SOUND_KEY, on ? 'on' : 'off');
    if (on) this.play('message');
  }

  /** False when the browser forbids it. Must be called from a click. */
  async setNotifications(on: boolean): Promise<boolean> {
    const allowed = on ? await askPermission() : true;
    this.notifications = on && allowed;
    local.set(NOTIFY_KEY, this.notifications ? 'on' : 'off');
    return allowed;
  }

  play(tune: keyof typeof TUNES): void {
    if (this.sound) this.chime.play(TUNES[tune]);
  }

  /** Shown only while the page is out of sight. */
  notify(title: string, body: string, tag: string, onclick: () => void): void {
    if (!this.notifications || !document.hidden) return;
    try {
      const notification = new Notification(title, { body, tag });
      notification.onclick = () => {
        window.focus();
        onclick();
        notification.close();
      };
    } catch {
      // Some phones have the class but not the constructor.
    }
  }
}

function permission(): NotificationPermission {
  return 'Notification' in globalThis ? Notification.permission : 'denied';
}

async function askPermission(): Promise<boolean> {
  if (permission() === 'default') await Notification.requestPermission();
  return permission() === 'granted';
}

export const alerts = new Alerts();
