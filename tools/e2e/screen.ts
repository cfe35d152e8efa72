import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../src/lib/result.ts';

const LIMIT_MS = 15_000;
const PAUSE_MS = 200;
/** How often in a row something must hold: the first answer may still come from an old connection. */
const TIMES = 3;

/** Writes one line. */
export function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** What a look came to: whether it is what was wanted, and what was seen. */
export interface Look {
  readonly isGood: boolean;
  readonly seen: string;
}

/** Counts what came true. A check that does not ends nothing: the next ones are played all the same. */
export class Checks {
  readonly failures: string[] = [];
  passed = 0;

  /**
   * Looks until it is good three times in a row, for 15 s unless told; prints a line, with the last answer when it failed.
   * Out: whether it came true.
   */
  async holds(what: string, look: () => Promise<Look>, { limitMs = LIMIT_MS, times = TIMES } = {}): Promise<boolean> {
    const since = Date.now();
    let seen = '';
    for (let inRow = 0; ;) {
      const last = await look().catch((thrown: unknown): Look => ({ isGood: false, seen: messageOf(thrown) }));
      seen = last.seen;
      inRow = last.isGood ? inRow + 1 : 0;
      if (inRow >= times) return this.#pass(what, since);
      if (Date.now() - since > limitMs) return this.#fail(what, seen);
      await sleep(PAUSE_MS);
    }
  }

  #pass(what: string, since: number): boolean {
    this.passed += 1;
    say(`  ok      ${what} (${((Date.now() - since) / 1000).toFixed(1)} s)`);
    return true;
  }

  #fail(what: string, seen: string): boolean {
    this.failures.push(what);
    say(`  FAILED  ${what}\n          last seen: ${seen.replaceAll('\n', '\n          ')}`);
    return false;
  }
}
