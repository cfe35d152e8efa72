import { spawn } from 'node:child_process';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..');

/** One step of `npm run check` or `npm test`: a program and how its result is counted. */
export interface CheckStep {
  readonly title: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** True when the program is node's test runner: its own counts are added up. */
  readonly isTestRun?: boolean;
}

/** What a step came to: tests passed and failed, or 1 and 0 for a program without tests. */
export interface StepResult {
  readonly title: string;
  readonly passed: number;
  readonly failed: number;
  readonly seconds: number;
  /** Test files that failed and then passed, a sentence each. */
  readonly unsteady?: readonly string[];
}

const bin = (name: string): string => join(root, 'node_modules', '.bin', name);

/** A step that runs one of the project's TypeScript tools. */
export function toolStep(title: string, ...parameters: readonly string[]): CheckStep {
  return { title, command: [process.execPath, ...parameters] };
}

/** A step that runs a program of node_modules. */
export function binStep(title: string, name: string, ...parameters: readonly string[]): CheckStep {
  return { title, command: [bin(name), ...parameters] };
}

const TEST_RUNNER = ['--disable-warning=ExperimentalWarning', '--import', './test/support/fixed-seed.ts', '--test', '--test-reporter=spec', '--test-reporter-destination=stdout'];

/** A step that runs test files with node's test runner, each in a process of its own. In: globs, and how many files at the same time. */
export function testStep(title: string, files: readonly string[], concurrency: number, env: Readonly<Record<string, string>> = {}): CheckStep {
  return { title, isTestRun: true, env, command: [process.execPath, ...TEST_RUNNER, `--test-concurrency=${concurrency}`, ...files] };
}

/** The step with a further reporter of node's test runner, a module's path from the project, that writes to a file. */
export function withReporter(step: CheckStep, reporter: string, file: string): CheckStep {
  const [program = '', ...parameters] = step.command;
  return { ...step, command: [program, `--test-reporter=${reporter}`, `--test-reporter-destination=${file}`, ...parameters] };
}

/** The same in one process: no start-up per file. For tests that leave nothing behind. */
export function lightTestStep(title: string, files: readonly string[]): CheckStep {
  return { title, isTestRun: true, command: [process.execPath, ...TEST_RUNNER, '--test-isolation=none', ...files] };
}

function countsOf(output: string, code: number): { passed: number; failed: number } {
  const number = (word: string): number => Number(new RegExp(`^ℹ ${word} (\\d+)$`, 'm').exec(output)?.[1] ?? 0);
  const failed = number('fail') + number('cancelled');
  const passed = number('pass');
  if (number('skipped') + number('todo') > 0) return { passed, failed: failed + number('skipped') + number('todo') };
  return { passed, failed: code !== 0 && failed === 0 || passed === 0 ? Math.max(1, failed) : failed };
}

/**
 * Runs a step and shows its output; `quiet` shows it only when the step fails.
 * A test run that found no test, or that skipped one, counts as failed.
 */
export function runStep(step: CheckStep, quiet: boolean): Promise<StepResult> {
  const started = performance.now();
  const [program = '', ...parameters] = step.command;
  return new Promise((resolve) => {
    const child = spawn(program, parameters, { cwd: root, env: { ...process.env, FORCE_COLOR: '0', ...step.env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const take = (chunk: Buffer): void => {
      output += chunk.toString();
      if (!quiet) process.stdout.write(chunk);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', (error) => { output += error.message; });
    child.on('close', (code) => {
      const seconds = (performance.now() - started) / 1000;
      const counts = step.isTestRun === true ? countsOf(output, code ?? 1) : { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
      if (quiet && counts.failed > 0) process.stdout.write(output);
      const verdict = counts.failed === 0 ? 'ok' : 'FAILED';
      process.stdout.write(`${verdict.padEnd(7)}${step.title.padEnd(34)}${step.isTestRun === true ? `${counts.passed} passed, ` : ''}${seconds.toFixed(1)} s\n`);
      resolve({ title: step.title, seconds, ...counts });
    });
  });
}

/** Adds results up, prints what was unsteady and the closing line, and gives the exit code. */
export function closeRun(results: readonly StepResult[]): number {
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  const unsteady = results.flatMap((result) => result.unsteady ?? []);
  if (unsteady.length > 0) process.stdout.write(`\n${unsteady.map((sentence) => `unsteady: ${sentence}\n`).join('')}`);
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}
