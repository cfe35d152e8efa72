import { spawn } from 'node:child_process';
import { startWatchdog } from './watchdog.ts';

/** What Go is to make. */
export interface Product {
  readonly name: string;
  /** How a person gets it without Go; an imperative. */
  readonly otherWay: string;
}

/** Go is not there, or too old. The message is one sentence that says the two ways out; programs end with exit code 2. */
export class MissingGo extends Error {
  constructor(what: Product, reason: string) {
    super(`${what.name} must be made once, but ${reason}: install Go ${GO_VERSION} or newer (https://go.dev/dl), or ${what.otherWay}.`);
    this.name = 'MissingGo';
  }
}

/** The newest `go` line of the go.mod files under go/. */
export const GO_VERSION = '1.26';

export interface GoResult {
  readonly stdout: string;
}

/*
 * The user's own GOFLAGS and workspaces must not leak in: they would build something else under the same cache key.
 */
const GO_ENVIRONMENT = { CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '-mod=readonly' };

const NO_GO = 'there is no `go` on the PATH';
/** Exit code of nice(1) for a program that is not there. */
const NOT_FOUND = 127;

function isMissing(error: Error): boolean {
  return 'code' in error && error.code === 'ENOENT';
}

/**
 * Runs go in a module folder.
 * @throws MissingGo; an Error with the end of go's own output for anything else
 */
export function runGo(what: Product, folder: string, args: readonly string[]): Promise<GoResult> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...GO_ENVIRONMENT };
    // Tests that run meanwhile go first. (setpriority(2) on the child would reach only one thread of it, and none of its compilers.)
    const child = spawn('nice', ['-n', '10', 'go', ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const watchdog = child.pid === undefined ? undefined : startWatchdog(child.pid);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
    child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr = (stderr + text).slice(-8000); });
    child.once('error', (error) => { reject(isMissing(error) ? new MissingGo(what, NO_GO) : error); });
    child.once('close', (code) => {
      watchdog?.standDown();
      if (code === 0) resolve({ stdout });
      else if (code === NOT_FOUND) reject(new MissingGo(what, NO_GO));
      else if (/requires go >= /.test(stderr)) reject(new MissingGo(what, 'the `go` on the PATH is too old'));
      else reject(new Error(`go ${args[0]} for ${what.name} failed (exit code ${code}):\n${stderr.trimEnd().split('\n').slice(-12).join('\n')}`));
    });
  });
}
