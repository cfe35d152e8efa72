import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { root, runStep, testStep, withReporter, type CheckStep, type StepResult } from './step-runner.ts';

/** More files than this that fail are no accident of the machine: they are not tried again. */
const MOST = 2;

/** A test file that failed, and the first of its tests that did; one that was skipped did. */
export interface FailedFile {
  readonly file: string;
  readonly test: string;
}

/** What the reporter of tools/failed-files.ts wrote, a line per file, in order of failure. Files are relative to the project. */
export function parseFailedFiles(text: string): FailedFile[] {
  const first = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [path = '', test = ''] = line.split('\t');
    if (path === '') continue;
    const file = relative(root, path);
    if (!first.has(file)) first.set(file, test);
  }
  return [...first].map(([file, test]) => ({ file, test }));
}

/** True when the files may be tried again: there are some, and few. */
const mayTryAgain = ({ failed }: Pick<StepResult, 'failed'>, files: readonly FailedFile[]): boolean => failed > 0 && files.length > 0 && files.length <= MOST;

/**
 * Runs test files that need real programs. One or two that failed are run once more, whole, with nothing beside them: a test that passes then met a
 * machine that was busy, or a race, and is named at the end of the run as unsteady, with what failed. One that fails again has failed (ADR 56).
 */
export async function runWithSecondTry(step: CheckStep): Promise<StepResult> {
  const folder = await mkdtemp(join(tmpdir(), 'tmesh-tests-'));
  try {
    const list = join(folder, 'failed');
    const result = await runStep(withReporter(step, './tools/failed-files.ts', list), false);
    const files = parseFailedFiles(await readFile(list, 'utf8').catch(() => ''));
    if (!mayTryAgain(result, files)) return result;
    const second = await runStep(testStep('once more, alone', files.map(({ file }) => file), 1), false);
    if (second.failed > 0) return { ...result, seconds: result.seconds + second.seconds };
    const unsteady = files.map(({ file, test }) => `${file}: "${test}" failed, and passed when it was run again alone`);
    return { ...result, passed: result.passed + result.failed, failed: 0, seconds: result.seconds + second.seconds, unsteady };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
