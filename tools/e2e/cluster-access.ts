import { readFile } from 'node:fs/promises';
import { connect, type ApiClient } from '../cluster/api-client.ts';
import { certificateFiles } from '../cluster/certificates.ts';
import { runKubectl } from '../cluster/kubectl.ts';
import { readState } from '../cluster/state.ts';
import { ensureTokens } from '../cluster/users.ts';

/** Both ways to a cluster, from inside its network: kubectl as a person would use it, and the API. */
export interface Access {
  readonly client: ApiClient;
  /** Runs kubectl as the administrator. In: its arguments. Out: stdout; throws with kubectl's words for a non-zero exit. */
  readonly kubectl: (...parameters: readonly string[]) => Promise<string>;
  /** `kubectl VERB … -f -` with objects. */
  readonly feed: (objects: readonly object[], ...parameters: readonly string[]) => Promise<string>;
}

const TIMEOUT_MS = 120_000;

async function checked(dir: string, args: readonly string[], input = ''): Promise<string> {
  const { code, stdout, stderr } = await runKubectl(dir, args, { input, timeoutMs: TIMEOUT_MS });
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr.trim() === '' ? `exit code ${code}` : stderr.trim()}`);
  return stdout;
}

/** Access to the cluster in a folder. This process must be in the cluster's network already. */
export async function accessTo(dir: string): Promise<Access> {
  const state = await readState(dir);
  if (state === undefined) throw new Error(`there is no cluster in ${dir}`);
  return {
    client: connect(state.server, await readFile(certificateFiles(dir).caFile, 'utf8'), (await ensureTokens(dir)).admin),
    kubectl: (...parameters) => checked(dir, parameters),
    feed: (objects, ...parameters) => checked(dir, [...parameters, '-f', '-'], objects.map((object) => JSON.stringify(object)).join('\n---\n')),
  };
}
