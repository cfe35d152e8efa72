import { readdirSync, readFileSync } from 'node:fs';

/** Children of all threads of a process (proc(5), /proc/PID/task/TID/children); none once it is gone. */
function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter((word) => word.trim() !== '').map(Number));
  } catch {
    return [];
  }
}

/** Kills a process and all that it started: an agent that is killed alone would leave its proxy running. */
export function killTree(pid: number): void {
  const children = childrenOf(pid);
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
  for (const child of children) killTree(child);
}
