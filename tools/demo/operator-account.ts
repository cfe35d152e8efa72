import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kubectl } from './kubectl.ts';

const NAMESPACE = 'tenant-mesh-operator';

/** Where the operator's account comes from and how it reaches the server. */
export interface AccountTarget {
  readonly kubectl: Kubectl;
  readonly server: string;
  readonly caFile: string;
  readonly dir: string;
}

/**
 * Gives the operator exactly the rights that `deploy/rbac.yaml` names: applies that file and writes a kubeconfig with a token of its account.
 * Out: path of the kubeconfig. So the demo and the tests fail when the generated role lacks a verb.
 */
export async function operatorAccount({ kubectl, server, caFile, dir }: AccountTarget): Promise<string> {
  await kubectl('apply', '--server-side', '-f', join(import.meta.dirname, '..', '..', 'deploy', 'rbac.yaml'));
  const token = (await kubectl('create', 'token', 'tenant-mesh-operator', '-n', NAMESPACE, '--duration=24h')).trim();
  const file = join(dir, 'kubeconfig-operator');
  const config = {
    apiVersion: 'v1', kind: 'Config', 'current-context': 'operator',
    clusters: [{ name: 'local', cluster: { server, 'certificate-authority': caFile } }],
    users: [{ name: 'operator', user: { token } }],
    contexts: [{ name: 'operator', context: { cluster: 'local', user: 'operator', namespace: NAMESPACE } }],
  };
  await writeFile(file, JSON.stringify(config, undefined, 2), { mode: 0o600 });
  return file;
}
