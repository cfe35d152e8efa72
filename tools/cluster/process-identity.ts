import { readFileSync } from 'node:fs';

/** A process that cannot be confused with a later one of the same number: its pid and the kernel's start tick. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat; '' where there is no /proc. */
  readonly startTick: string;
}

/** State and start tick out of the text of /proc/PID/stat (proc(5)); the command name may itself contain spaces and brackets. */
export function parseStat(text: string): { readonly state: string; readonly startTick: string } {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', startTick: fields[19] ?? '' };
}

function existsByNumber(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
  }
}

/** The identity of a running process, or undefined if there is none. A zombie is not running. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  if (process.platform !== 'linux') return existsByNumber(pid) ? { pid, startTick: '' } : undefined;
  try {
    const { state, startTick } = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return state === 'Z' || state === 'X' ? undefined : { pid, startTick };
  } catch {
    return undefined;
  }
}

/** True while that very process runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identityOf(identity.pid)?.startTick === identity.startTick;
}

/** Waits until the process is gone; false when it still runs after `timeoutMs`. */
export async function waitUntilGone(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  for (let waited = 0; isRunning(identity); waited += 20) {
    if (waited >= timeoutMs) return false;
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
  return true;
}
