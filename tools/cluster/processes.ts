import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { identityOf, type ProcessIdentity } from './process-identity.ts';

/** A process of the cluster that this process started. */
export interface Running {
  readonly name: string;
  readonly identity: ProcessIdentity;
  /** Resolves with a few words on how it ended. */
  readonly ended: Promise<string>;
  hasEnded(): boolean;
  /** Asks it to end, insists after `graceMs` (0: insists at once), and waits until it is gone. */
  stop(graceMs: number): Promise<void>;
}

export interface ProcessPlan {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a process in our own process group, so that the watchdog's one signal reaches it too. */
export function startProcess(plan: ProcessPlan): Running {
  const log = openSync(plan.logFile, 'a', 0o600);
  const child = spawn(plan.file, [...plan.args], { stdio: ['ignore', log, log], env: { ...process.env, ...plan.env } });
  closeSync(log);
  let end: string | undefined;
  const ended = new Promise<string>((resolve) => {
    const settle = (how: string): void => {
      end ??= how;
      resolve(end);
    };
    child.once('error', (error) => { settle(error.message); });
    child.once('exit', (code, signal) => { settle(signal === null ? `exit code ${code}` : `signal ${signal}`); });
  });
  const pid = child.pid ?? 0;
  return {
    name: plan.name,
    identity: identityOf(pid) ?? { pid, startTick: '' },
    ended,
    hasEnded: () => end !== undefined,
    stop: async (graceMs) => {
      child.kill(graceMs === 0 ? 'SIGKILL' : 'SIGTERM');
      const insist = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await ended;
      clearTimeout(insist);
    },
  };
}

/** The last lines of a log: what a person needs to see when the process did not come up. */
export async function lastLines(file: string, count = 8): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
