import { spawn } from 'node:child_process';
import { identityOf, type ProcessIdentity } from './process-identity.ts';

export interface Watchdog {
  readonly identity: ProcessIdentity;
  /** To be called when everything has been stopped in good order. */
  standDown(): void;
}

/*
 * Ends without a shot when it is told so; a pipe that closes without a word means that the host died. `kill -s` is the spelling that
 * every shell takes for a group: dash has no `kill -KILL -- -PID`.
 */
const SCRIPT = 'trap "" INT TERM HUP; if read -r word; then exit 0; fi; kill -s KILL -- "-$1" 2>/dev/null';

/**
 * Sees to it that a killed host leaves nothing behind: a shell in a session of its own waits on a pipe that only this process holds open,
 * and kills this process's group when the pipe closes, which the kernel does however this process ends. Must be called by the leader of
 * the group, before it starts anything.
 */
export function startWatchdog(): Watchdog {
  const watchdog = spawn('sh', ['-c', SCRIPT, 'cluster-watchdog', String(process.pid)], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  watchdog.unref();
  const pid = watchdog.pid ?? 0;
  return { identity: identityOf(pid) ?? { pid, startTick: '' }, standDown: () => { watchdog.stdin.end('end\n'); } };
}
