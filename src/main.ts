import { runCommandLine } from './cli/program.ts';

/* Entry of the command `tmesh`. */
process.exitCode = await runCommandLine(process.argv.slice(2));
