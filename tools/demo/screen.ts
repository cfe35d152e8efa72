import { setTimeout as sleep } from 'node:timers/promises';

/** Writes one line. */
export function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** A short headline. */
export function headline(text: string): void {
  say();
  say(process.stdout.isTTY ? `\u001B[1m${text}\u001B[0m` : `== ${text}`);
}

/** The command a user would type. */
export function command(text: string): void {
  say(`$ ${text}`);
}

/** A step that did not come true; ends the demo with exit code 1. */
export class StepFailed extends Error {}

/** What a wait looks at: `done` ends it, `detail` says where it stands. */
export interface Progress {
  readonly done: boolean;
  readonly detail: string;
}

/**
 * Waits until `look` says done, showing what it waits for; throws StepFailed after `seconds`.
 * On a terminal the line is rewritten in place, elsewhere only changes are printed.
 */
export async function waitFor(what: string, seconds: number, look: () => Promise<Progress>): Promise<void> {
  const started = performance.now();
  let shown = '';
  for (;;) {
    const { done, detail } = await look();
    const elapsed = (performance.now() - started) / 1000;
    if (process.stdout.isTTY) process.stdout.write(`\r\u001B[K  … ${what}: ${detail} (${elapsed.toFixed(0)} s)`);
    else if (detail !== shown) say(`  … ${what}: ${detail}`);
    shown = detail;
    if (done) break;
    if (elapsed > seconds) {
      if (process.stdout.isTTY) say();
      throw new StepFailed(`${what}: still "${detail}" after ${seconds} s`);
    }
    // Each look is a kubectl, which costs more than what it looks at.
    await sleep(300);
  }
  if (process.stdout.isTTY) process.stdout.write('\r\u001B[K');
}
