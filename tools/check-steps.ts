import { binStep, testStep, toolStep, type CheckStep } from './step-runner.ts';

/** Everything that needs no cluster, in the order of the shortest way to an answer. */
export const CHECK_STEPS: readonly CheckStep[] = [
  binStep('types', 'tsc', '-p', '.'),
  binStep('lint', 'oxlint', '--type-aware', '--deny-warnings', 'src', 'test', 'tools'),
  toolStep('generated files', 'tools/gen/main.ts', '--check'),
  testStep('unit, golden and property tests', ['test/unit/**/*.test.ts', 'test/golden/**/*.test.ts', 'test/property/**/*.test.ts'], 3),
];
