import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type ApiClient } from '../cluster/api-client.ts';
import { brickPath } from '../cluster/bricks.ts';
import { certificateFiles } from '../cluster/certificates.ts';
import { readState } from '../cluster/state.ts';
import { ensureTokens, kubeconfigFile } from '../cluster/users.ts';

/** Both ways to a cluster, from inside its network: kubectl as a person would use it, and the API. */
export interface Access {
  readonly client: ApiClient;
  /** Runs kubectl as the administrator. In: its arguments. Out: stdout; throws with kubectl's words for a non-zero exit. */
  readonly kubectl: (...parameters: readonly string[]) => Promise<string>;
  /** `kubectl VERB … -f -` with objects. */
  readonly feed: (objects: readonly object[], ...parameters: readonly string[]) => Promise<string>;
}

function runKubectl(file: string, dir: string, parameters: readonly string[], input: string): Promise<string> {
  const env = { ...process.env, KUBECONFIG: kubeconfigFile(dir, 'admin'), KUBECACHEDIR: join(dir, 'kubectl-cache') };
  return new Promise((resolve, reject) => {
    const child = execFile(file, [...parameters], { env, maxBuffer: 256 * 1024 * 1024, timeout: 120_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`kubectl ${parameters.join(' ')}: ${stderr.trim() === '' ? error.message : stderr.trim()}`));
    });
    child.stdin?.end(input);
  });
}

/** Access to the cluster in a folder. This process must be in the cluster's network already. */
export async function accessTo(dir: string): Promise<Access> {
  const state = await readState(dir);
  if (state === undefined) throw new Error(`there is no cluster in ${dir}`);
  const kubectl = await brickPath('kubectl');
  return {
    client: connect(state.server, await readFile(certificateFiles(dir).caFile, 'utf8'), (await ensureTokens(dir)).admin),
    kubectl: (...parameters) => runKubectl(kubectl, dir, parameters, ''),
    feed: (objects, ...parameters) => runKubectl(kubectl, dir, [...parameters, '-f', '-'], objects.map((object) => JSON.stringify(object)).join('\n---\n')),
  };
}
