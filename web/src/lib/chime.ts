/** Frequencies in Hz, one note after the other. */
export type Tune = readonly number[];

const NOTE_S = 0.34;
const APART_S = 0.13;

/** Soft notes, as far as the browser allows: none before somebody has touched the page. */
export class Chime {
  private audio: AudioContext | undefined;

  constructor(page: Window = window) {
    const unlock = () => {
      try {
        this.audio ??= new AudioContext();
        void this.audio.resume().catch(() => undefined);
      } catch {
        // No audio device: stay silent.
      }
    };
    page.addEventListener('pointerdown', unlock, { once: true });
    page.addEventListener('keydown', unlock, { once: true });
  }

  /** False when there was nothing to hear. */
  play(tune: Tune): boolean {
    const { audio } = this;
    if (!audio || audio.state !== 'running') return false;
    tune.forEach((frequency, index) => note(audio, frequency, audio.currentTime + index * APART_S));
    return true;
  }
}

function note(audio: AudioContext, frequency: number, at: number): void {
  const oscillator = audio.createOscillator();
  const gain = audio.createGain();
  oscillator.type = 'sine';
  oscillator.frequency.value = frequency;
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(0.12, at + 0.015);
  gain.gain.exponentialRampToValueAtTime(0.0001, at + 0.32);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start(at);
  oscillator.stop(at + NOTE_S);
}
