import { spawn } from 'node:child_process';
import { identityOf, type ProcessIdentity } from './process-identity.ts';

export interface Watchdog {
  readonly identity: ProcessIdentity;
  /** To be called when everything has been stopped in good order. */
  standDown(): void;
}

/*
 * Ends without a shot when it is told so; a pipe that closes without a word means that this process died. `kill -s` is the spelling that
 * every shell takes for a group: dash has no `kill -KILL -- -PID`.
 */
const SCRIPT = 'trap "" INT TERM HUP; if read -r word; then exit 0; fi; kill -s KILL -- "-$1" 2>/dev/null';

/**
 * Sees to it that nothing is left when this process is killed: a shell in a session of its own waits on a pipe that only this process
 * holds open, and kills a process group when the pipe closes, which the kernel does however this process ends.
 * @param leader pid of the group's leader: this process, before it starts anything, or a child that was started detached
 */
export function startWatchdog(leader: number): Watchdog {
  const watchdog = spawn('sh', ['-c', SCRIPT, 'cluster-watchdog', String(leader)], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  watchdog.unref();
  const pid = watchdog.pid ?? 0;
  return { identity: identityOf(pid) ?? { pid, startTick: '' }, standDown: () => { watchdog.stdin.on('error', () => undefined).end('end\n'); } };
}
