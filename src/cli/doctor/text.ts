import { styleText } from 'node:util';
import type { Examined } from '../../domain/doctor/checks.ts';
import type { Diagnosis } from './command.ts';

const MARKS: Readonly<Record<Examined['state'], string>> = { ok: 'ok', warning: 'WARNING', error: 'ERROR', unknown: '?', skipped: '-' };
const COLOURS: Readonly<Partial<Record<Examined['state'], 'green' | 'yellow' | 'red'>>> = { ok: 'green', warning: 'yellow', error: 'red' };
const MARK_WIDTH = 9;
const NAME_WIDTH = 23;

function markOf(state: Examined['state'], isColoured: boolean): string {
  const mark = MARKS[state].padEnd(MARK_WIDTH);
  const colour = COLOURS[state];
  return isColoured && colour !== undefined ? styleText(colour, mark, { validateStream: false }) : mark;
}

function linesOf({ check, state, message, findings }: Examined, isColoured: boolean): readonly string[] {
  const head = (mark: Examined['state']): string => `${markOf(mark, isColoured)}${check.padEnd(NAME_WIDTH)}`;
  if (findings.length === 0) return [`${head(state)}${message}`];
  const indent = ' '.repeat(MARK_WIDTH + NAME_WIDTH);
  return findings.flatMap(({ severity, about, message: text, remedy, fix }) =>
    [`${head(severity)}${about}: ${text}`, `${indent}$ ${remedy}`, ...(fix === undefined ? [] : [`${indent}  (tmesh doctor --fix does it)`])]);
}

const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

function verdictOf(checks: readonly Examined[]): string {
  const findings = checks.flatMap((examined) => examined.findings);
  const count = (severity: string): number => findings.filter((finding) => finding.severity === severity).length;
  const unknown = checks.filter(({ state }) => state === 'unknown').length;
  return `${counted(checks.length, 'check')}: ${counted(count('error'), 'error')}, ${counted(count('warning'), 'warning')}${unknown === 0 ? '' : `; ${unknown} could not look`}`;
}

/** The diagnosis for people: a line for each check or finding with its command, then the sum. */
export function doctorText({ checks, mended }: Diagnosis, isColoured: boolean): string {
  return `${[...mended, ...checks.flatMap((examined) => linesOf(examined, isColoured))].join('\n')}\n\n${verdictOf(checks)}\n`;
}
