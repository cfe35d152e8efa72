import { isatty } from 'node:tty';

/** Where progress goes. */
export interface Screen {
  /** True if a line can be written over. */
  readonly isTerminal: boolean;
  /** Writes text as it is. */
  write(text: string): void;
}

const TICK_MS = 1_000;
const LINE_MS = 15_000;

/** The terminal, or the file, behind stderr. */
export const stderrScreen: Screen = {
  isTerminal: isatty(process.stderr.fd),
  write: (text) => { process.stderr.write(text); },
};

/** A screen that hands on whole lines. */
export function lineScreen(log: (line: string) => void): Screen {
  return { isTerminal: false, write: (text) => { log(text.trimEnd()); } };
}

/** What is going on and for how long: `building etcd v3.6.5 12 s · building kubectl v1.34.4 3 s`. */
export function progressLine(active: ReadonlyMap<string, number>, nowMs: number): string {
  return [...active].map(([what, since]) => `${what} ${Math.round((nowMs - since) / 1000)} s`).join(' · ');
}

/** Shows what goes on: a line that ticks on a terminal, a new line every 15 s elsewhere. */
export class Progress {
  readonly #screen: Screen;
  readonly #active = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** Shows `what` while `action` runs, then how long it took. */
  async during<T>(what: string, action: () => Promise<T>): Promise<T> {
    const since = Date.now();
    this.#active.set(what, since);
    this.#timer ??= setInterval(() => { this.#show(); }, this.#screen.isTerminal ? TICK_MS : LINE_MS);
    if (!this.#screen.isTerminal) this.#screen.write(`${what} …\n`);
    this.#show(this.#screen.isTerminal);
    let word = 'failed after';
    try {
      const result = await action();
      word = 'done in';
      return result;
    } finally {
      this.#active.delete(what);
      this.note(`${what}: ${word} ${Math.round((Date.now() - since) / 1000)} s`);
      if (this.#active.size === 0) this.#stop();
    }
  }

  /** A line that stays. */
  note(line: string): void {
    this.#screen.write(`${this.#screen.isTerminal ? '\r\u001B[K' : ''}${line}\n`);
  }

  #show(isDue = true): void {
    if (!isDue || this.#active.size === 0) return;
    const line = progressLine(this.#active, Date.now());
    this.#screen.write(this.#screen.isTerminal ? `\r\u001B[K${line}` : `${line}\n`);
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
