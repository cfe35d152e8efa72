import { basename } from 'node:path';
import { Command, CommanderError } from 'commander';
import { messageOf } from '../lib/result.ts';
import { OPERATOR_VERSION } from './build-version.ts';
import { addCompletion } from './commands/completion.ts';
import { addExport } from './commands/export.ts';
import type { AddCommand, Exit } from './commands/flags.ts';
import { addDiff } from './commands/diff.ts';
import { addDoctor } from './commands/doctor.ts';
import { addGet } from './commands/get.ts';
import { addIsolation } from './commands/isolation.ts';
import { addMigrate } from './commands/migrate.ts';
import { addMustGather } from './commands/must-gather.ts';
import { addRender } from './commands/render.ts';
import { addReport } from './commands/report.ts';
import { addRun } from './commands/run.ts';
import { addScopedApi } from './commands/scoped-api.ts';
import { addWhy } from './commands/why.ts';
import { UsageError } from './usage-error.ts';

/** All commands, in the order of the help. */
const COMMANDS: readonly AddCommand[] = [addGet, addWhy, addDiff, addDoctor, addIsolation, addRender, addMustGather, addMigrate, addExport, addReport, addRun, addScopedApi, addCompletion];

const EXIT_CODES = `
Exit codes: 0 done; 1 failed, or a command that judges found something; 2 the command line, a file or the cluster cannot be used.
Colour and progress are for terminals; NO_COLOR switches colour off.`;

/** `kubectl tmesh` when kubectl or oc called us as their plugin. */
function nameOf(script: string | undefined): string {
  const file = basename(script ?? '');
  return file.startsWith('kubectl-') ? 'kubectl tmesh' : 'tmesh';
}

/** Commander throws instead of ending the process, and an error names the help of the command it is about; neither is taken over from the command above. */
function throwing(command: Command, name: string): void {
  command.exitOverride().showHelpAfterError(`(see ${name} --help)`);
  for (const below of command.commands) throwing(below, `${name} ${below.name()}`);
}

/** The tree of commands. In: where a command leaves its exit code. */
export function buildProgram(exit: Exit, name = 'tmesh'): Command {
  const program = new Command(name)
    .description('Multitenant service meshes: OpenShift Service Mesh YAML on unmodified upstream Istio.')
    .version(OPERATOR_VERSION, '-V, --version')
    .configureOutput({ outputError: (text, write) => write(text) })
    .addHelpText('after', EXIT_CODES);
  for (const add of COMMANDS) add(program, exit);
  throwing(program, name);
  return program;
}

function exitCodeOf(thrown: unknown, hadParameters: boolean, exit: Exit): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 || (thrown.code === 'commander.help' && !hadParameters) ? 0 : 2;
  process.stderr.write(`tmesh: ${messageOf(thrown)}\n`);
  return thrown instanceof UsageError ? 2 : exit.whenFailing;
}

async function complete(words: readonly string[]): Promise<number> {
  const { completionAnswer } = await import('./completion/answer.ts');
  const answer = await completionAnswer(buildProgram({ code: 0, whenFailing: 1 }), words, process.env);
  // An answer of the cluster that comes too late must not hold the shell up.
  process.stdout.write(answer, () => { process.exit(0); });
  return 0;
}

/**
 * Runs one command line. In: the arguments after the program's name. Out: the exit code.
 * 0 done, 1 failed while running (or what the command says of 1), 2 the command line, a file or the cluster given there cannot be used.
 */
export async function runCommandLine(parameters: readonly string[]): Promise<number> {
  const exit: Exit = { code: 0, whenFailing: 1 };
  // Asked by shells, with words that are no command line yet.
  if (parameters[0] === '__complete') return complete(parameters.slice(1));
  try {
    await buildProgram(exit, nameOf(process.argv[1])).parseAsync([...parameters], { from: 'user' });
    return exit.code;
  } catch (thrown) {
    return exitCodeOf(thrown, parameters.length > 0, exit);
  }
}
