import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { enterNetwork } from '../cluster/node/enter.ts';

const root = join(import.meta.dirname, '..', '..');
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Which program to run in whose network. */
export interface Inside {
  /** Of the cluster. */
  readonly hostPid: number;
  /** A TypeScript file. */
  readonly script: string;
  readonly args: readonly string[];
  /** Takes what it sends by `process.send`. */
  readonly onMessage?: (message: unknown) => void;
}

/** Runs a program of ours inside a cluster's network. Signals end it first and us after. Out: its exit code, 1 where a signal ended it. */
export function runInside({ hostPid, script, args, onMessage = () => undefined }: Inside): Promise<number> {
  const [program, ...parameters] = enterNetwork(hostPid);
  return new Promise((resolve, reject) => {
    const command = [...parameters, process.execPath, '--disable-warning=ExperimentalWarning', script, ...args];
    const child = spawn(program, command, { cwd: root, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
    child.on('message', onMessage);
    const hand = (signal: NodeJS.Signals): void => { child.kill(signal); };
    for (const signal of SIGNALS) process.on(signal, hand);
    child.once('error', reject);
    child.once('exit', (code) => {
      for (const signal of SIGNALS) process.off(signal, hand);
      resolve(code ?? 1);
    });
  });
}
