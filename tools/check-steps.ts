import { binStep, lightTestStep, runStep, toolStep, type CheckStep, type StepResult } from './step-runner.ts';

/** Everything that needs no cluster. Those of one row run at the same time. */
const CHECK_STEPS: readonly (readonly CheckStep[])[] = [
  [binStep('types', 'tsc', '-p', '.'), binStep('lint', 'oxlint', '--type-aware', '--deny-warnings', 'src', 'test', 'tools')],
  [toolStep('generated files', 'tools/gen/main.ts', '--check')],
  [
    lightTestStep('unit tests', ['test/unit/**/*.test.ts']),
    lightTestStep('golden and property tests', ['test/golden/**/*.test.ts', 'test/property/**/*.test.ts']),
  ],
];

/** Runs the check, showing a line per step and the output of what fails. */
export async function runCheck(): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (const row of CHECK_STEPS) results.push(...await Promise.all(row.map((step) => runStep(step, true))));
  return results;
}
