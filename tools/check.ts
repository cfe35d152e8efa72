import { runCheck } from './check-steps.ts';
import { closeRun } from './step-runner.ts';

/* `npm run check`: types, lint, import arrows, generated files fresh, unit, golden and property tests. */
process.exitCode = closeRun(await runCheck());
