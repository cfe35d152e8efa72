import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median, option, say, type Part, type Stage } from './stage.ts';

/* How long a command takes from the shell's point of view, beside a Node that does nothing: each one from its second start on, as people meet it. */

const root = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

interface Cost {
  /** User and system time of the process and its threads. */
  readonly cpu: number;
  readonly wall: number;
}

/** One start, as bash times it. Exit codes do not matter: `doctor` finds something in an empty cluster. */
async function timed(words: readonly string[], env: NodeJS.ProcessEnv): Promise<Cost> {
  const script = 'TIMEFORMAT="%U %S %R"; time "$@" > /dev/null 2> /dev/null; true';
  const { stderr } = await run('bash', ['-c', script, 'bash', ...words], { env });
  const [user = 0, system = 0, wall = 0] = stderr.trim().split(/\s+/).map(Number);
  return { cpu: user + system, wall };
}

async function measured(words: readonly string[], env: NodeJS.ProcessEnv): Promise<Cost> {
  await timed(words, env);
  const costs: Cost[] = [];
  for (let at = 0; at < Number(option('starts', '9')); at += 1) costs.push(await timed(words, env));
  return { cpu: median(costs.map(({ cpu }) => cpu)), wall: median(costs.map(({ wall }) => wall)) };
}

const SAMPLES = ['-n', 'istio-system', '-f', join(root, 'test', 'samples', '01-istio-installation.yaml'), '-f', join(root, 'test', 'samples', '02-smmr-default.yaml')];

const COMMANDS: readonly (readonly string[])[] = [
  ['--version'], ['--help'], ['__complete', 'get', 'm'], ['render', ...SAMPLES], ['get', 'meshes', '-A'], ['why', 'default'], ['doctor'], ['diff', ...SAMPLES.slice(0, 4)], ['report', '-o', '-'],
];

async function play({ cluster }: Stage): Promise<void> {
  const env = { ...process.env, KUBECONFIG: cluster.kubeconfig };
  const bare = await measured([process.execPath, '-e', '0'], env);
  say(`startup: node -e 0: CPU ${bare.cpu.toFixed(2)} s, by the clock ${bare.wall.toFixed(2)} s`);
  for (const words of COMMANDS) {
    const { cpu, wall } = await measured([process.execPath, join(root, 'bin', 'tmesh.mjs'), ...words], env);
    say(`startup: tmesh ${words[0] === '__complete' ? 'completion' : words.slice(0, 2).filter((word) => !word.startsWith('-') || words.length === 1).join(' ')}: CPU ${cpu.toFixed(2)} s, by the clock ${wall.toFixed(2)} s; ${(cpu / bare.cpu).toFixed(1)} and ${(wall / bare.wall).toFixed(1)} times a bare Node (goal: 0.5 s)`);
  }
}

/** `npm run bench -- startup`. */
export const STARTUP: Part = { name: 'startup', run: play };
