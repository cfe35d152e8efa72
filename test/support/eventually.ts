import { setTimeout as sleep } from 'node:timers/promises';

type Look<T> = () => T | undefined | false | Promise<T | undefined | false>;

/**
 * Looks until there is something other than undefined or false, and gives that. An error of `look` counts as "not yet".
 * The deadline is far away, and only there so that a failing test ends: it fails with what was seen last.
 */
export async function eventually<T>(what: string, look: Look<T>, seconds = 30): Promise<T> {
  const until = performance.now() + seconds * 1000;
  for (;;) {
    let last: unknown;
    try {
      const value = await look();
      if (value !== undefined && value !== false) return value;
      last = value;
    } catch (error) {
      last = error instanceof Error ? error.message : error;
    }
    if (performance.now() > until) throw new Error(`not within ${seconds} s: ${what}; last: ${String(last)}`);
    await sleep(50);
  }
}
