import { CHECK_STEPS } from './check-steps.ts';
import { closeRun, runStep, type StepResult } from './step-runner.ts';

/* `npm run check`: types, lint, import arrows, generated files fresh, unit, golden and property tests. */
const results: StepResult[] = [];
for (const step of CHECK_STEPS) results.push(await runStep(step, true));
process.exitCode = closeRun(results);
