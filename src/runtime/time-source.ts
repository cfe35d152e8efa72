/** Stops a timer that has not fired yet; harmless afterwards. */
export type Cancel = () => void;

/** Time, timers and chance for queue, loop and election, handed in so that tests own them (model: cert-manager's clock argument). */
export interface TimeSource {
  /** Milliseconds that only go forward, whatever happens to the wall clock. Counts on while the process is stopped by a signal. */
  monotonicMs(): number;
  /** The wall clock; for texts that people read, never for decisions. */
  wallDate(): Date;
  /** Runs the callback once, after the time. A waiting timer does not keep the process alive. */
  after(ms: number, run: () => void): Cancel;
  /** In [0, 1). */
  random(): number;
}

/** Longest delay a Node timer takes; longer ones would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The time of the process. */
export const SYSTEM_TIME: TimeSource = {
  monotonicMs: () => performance.now(),
  wallDate: () => new Date(),
  after: (ms, run) => {
    const timer = setTimeout(run, Math.min(Math.max(0, ms), LONGEST_TIMER_MS));
    timer.unref();
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};

/** Resolves after the time, or at once when the signal aborts; never rejects. */
export function pause(time: TimeSource, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const finish = (): void => {
      cancel();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = time.after(ms, finish);
    signal.addEventListener('abort', finish, { once: true });
  });
}
