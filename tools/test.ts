import { ensureBricks } from './cluster/bricks.ts';
import { runCheck } from './check-steps.ts';
import { closeRun, runStep, testStep, toolStep, type StepResult } from './step-runner.ts';

/*
 * `npm test`: the check, then everything that needs a real API server, then the demo. The API server is built (once) while the check runs.
 * A folder or file given as argument runs only those tests.
 */
const only = process.argv.slice(2);
const results: StepResult[] = [];

const bricks = ensureBricks().then(() => undefined, (error: unknown) => error);
if (only.length === 0) results.push(...await runCheck());
const failure = await bricks;
if (failure !== undefined) {
  process.stderr.write(`${failure instanceof Error ? failure.message : String(failure)}\n`);
  results.push({ title: 'build the API server', passed: 0, failed: 1, seconds: 0 });
} else {
  results.push(await runStep(toolStep('bundle', 'tools/build/bundle.ts'), true));
  results.push(await runStep(testStep('on a real API server', only.length > 0 ? only : ['test/envtest/**/*.test.ts'], 2), false));
  if (only.length === 0) results.push(await runStep(toolStep('demo', 'tools/demo/main.ts'), true));
}
process.exitCode = closeRun(results);
process.exit();
