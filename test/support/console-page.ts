import { readFileSync, writeFileSync } from 'node:fs';

/** A command of a page, and what it printed when the page was written. */
export interface ConsoleStep {
  readonly command: string;
  readonly printed: string;
}

const BLOCK = /^```console\n([\s\S]*?)^```$/gm;

function stepsOf(block: string): readonly ConsoleStep[] {
  return block.split(/^\$ /m).slice(1).map((part) => {
    const [command = '', ...printed] = part.split('\n');
    return { command, printed: printed.join('\n') };
  });
}

/** The steps of a page's `console` blocks, from the top. In: the page's file. */
export function consoleSteps(file: string): readonly ConsoleStep[] {
  return [...readFileSync(file, 'utf8').matchAll(BLOCK)].flatMap(([, block = '']) => stepsOf(block));
}

/** Writes what the commands print now in the place of what stands there. In: one output for each step. */
export function rewriteConsole(file: string, outputs: readonly string[]): void {
  let at = 0;
  const text = readFileSync(file, 'utf8').replaceAll(BLOCK, (_, block: string) => `\`\`\`console\n${stepsOf(block).map(({ command }) => `$ ${command}\n${outputs[at++] ?? ''}`).join('')}\`\`\``);
  writeFileSync(file, text);
}

/** An output without what differs from run to run: ages and times, ports, uids, patch versions, and the widths of columns that follow from them. */
export function settledOutput(text: string): string {
  return text
    .replaceAll(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME').replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT').replaceAll(/\bv1\.\d+\.\d+\b/g, 'VERSION')
    .replaceAll(/\b[\da-f]{8}-[\da-f]{4}-[\da-f-]{22}\b/g, 'UID').replaceAll(/\b(?:\d+m)?\d+(?:\.\d+)? ?m?s\b/g, 'AGE').replaceAll(/[ \t]+/g, ' ').replaceAll(/ $/gm, '');
}
