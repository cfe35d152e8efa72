import { join } from 'node:path';
import { ApiFailure } from '../../cluster/api-client.ts';
import { certificateFiles } from '../../cluster/certificates.ts';
import { readState } from '../../cluster/state.ts';
import { operatorAccount } from '../../demo/operator-account.ts';
import { startOperator } from '../../demo/operator-process.ts';
import type { Access } from '../cluster-access.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const DEPLOYMENT = '/apis/apps/v1/namespaces/tenant-mesh-operator/deployments/tenant-mesh-operator';

async function runsAsPod({ client }: Access): Promise<boolean> {
  try {
    await client.call(DEPLOYMENT);
    return true;
  } catch (thrown) {
    if (thrown instanceof ApiFailure && thrown.status === 404) return false;
    throw thrown;
  }
}

/** Has an operator run in the cluster: its pod, where there is one; else a process with the rights of deploy/rbac.yaml. Out: how to end it. */
export async function ensureOperator(access: Access, dir: string): Promise<() => Promise<void>> {
  if (await runsAsPod(access)) return async () => Promise.resolve();
  await access.kubectl('apply', '--server-side', '-f', join(root, 'crds'));
  const state = await readState(dir);
  if (state === undefined) throw new Error(`there is no cluster in ${dir}`);
  const account = await operatorAccount({ kubectl: access.kubectl, server: state.server, caFile: certificateFiles(dir).caFile, dir });
  const operator = await startOperator(account, dir);
  return async () => { await operator.stop(); };
}
