import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { brickPath } from './bricks.ts';
import { kubeconfigFile, type User } from './users.ts';

export interface KubectlOptions {
  /** Default `admin`. */
  readonly user?: User;
  /** Given to standard input, for `-f -`. */
  readonly input?: string;
  /** Ends it, with exit code 1, after this. Default: never. */
  readonly timeoutMs?: number;
}

export interface KubectlResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs kubectl against the cluster in a folder; never throws for its exit code. Its own cache of the API goes into that folder, not into the user's
 * home. In: the folder, kubectl's arguments, and a command to run it by, where it has to enter the cluster's network first.
 */
export async function runKubectl(dir: string, args: readonly string[], { user = 'admin', input = '', timeoutMs = 0 }: KubectlOptions, entrance: readonly string[] = []): Promise<KubectlResult> {
  const [file = '', ...parameters] = [...entrance, await brickPath('kubectl'), ...args];
  const env = { ...process.env, KUBECONFIG: kubeconfigFile(dir, user), KUBECACHEDIR: join(dir, 'kubectl-cache') };
  return new Promise((done) => {
    const child = execFile(file, parameters, { env, maxBuffer: 256 * 1024 * 1024, timeout: timeoutMs }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      done({ code, stdout, stderr: code !== 0 && stderr === '' ? error?.message ?? '' : stderr });
    });
    // It may have ended before it read all, or anything: why stands in its own words.
    child.stdin?.on('error', () => undefined).end(input);
  });
}
