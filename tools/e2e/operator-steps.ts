import { join } from 'node:path';
import { NODE_NAME } from '../cluster/node/addresses.ts';
import { say } from './screen.ts';
import { containersOf, podsOf, type Stage } from './stage.ts';

const root = join(import.meta.dirname, '..', '..');
export const OPERATOR_NAMESPACE = 'tenant-mesh-operator';
export const OPERATOR_SELECTOR = 'app.kubernetes.io/name=tenant-mesh-operator';

/** Installs the operator with the files a user would apply, and waits until it and its webhooks answer. */
export async function installOperator(stage: Stage): Promise<void> {
  const { kubectl, client, checks, figures } = stage;
  say('\n== 0. The operator, as a pod from its own image');
  const since = Date.now();
  await kubectl('apply', '--server-side', '-f', join(root, 'crds'), '-f', join(root, 'deploy', 'rbac.yaml'), '-f', join(root, 'deploy', 'operator.yaml'));
  const isUp = await checks.holds('the operator runs and is ready', async () => {
    const pods = await podsOf(client, OPERATOR_NAMESPACE, OPERATOR_SELECTOR);
    const seen = pods.map((pod) => `${pod.status.phase} ${containersOf(pod)}`).join(', ');
    return { isGood: seen === 'Running 1/1 operator', seen };
  }, { limitMs: 60_000 });
  if (!isUp) throw new Error('without the operator nothing else can be played');
  figures['operator applied → ready'] = `${((Date.now() - since) / 1000).toFixed(1)} s`;
  await checks.holds('the API server reaches its webhooks through their Service', async () => {
    const wrong = { apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'wrong', namespace: 'default' }, spec: { version: 'v9.9' } };
    const seen = await stage.feed([wrong], 'create', '--dry-run=server').catch((thrown: unknown) => String(thrown));
    return { isGood: /admission webhook .* denied the request/.test(seen), seen };
  });
}

interface Summary {
  readonly pods: readonly {
    readonly podRef: { readonly namespace: string };
    readonly containers: readonly { readonly name: string; readonly startTime: string; readonly cpu: { readonly time: string; readonly usageCoreNanoSeconds: number }; readonly memory: { readonly workingSetBytes: number } }[];
  }[];
}

/** Memory and CPU of the operator's container, as the kubelet counts them, for the figures. */
export async function measureOperator({ client, figures }: Stage): Promise<void> {
  const { pods } = await client.call<Summary>(`/api/v1/nodes/${NODE_NAME}/proxy/stats/summary`);
  const operator = pods.filter(({ podRef }) => podRef.namespace === OPERATOR_NAMESPACE).flatMap(({ containers }) => containers).find(({ name }) => name === 'operator');
  if (operator === undefined) throw new Error('the kubelet has no figures of the operator');
  const age = (Date.parse(operator.cpu.time) - Date.parse(operator.startTime)) / 1000;
  figures['operator memory (working set)'] = `${(operator.memory.workingSetBytes / 1e6).toFixed(0)} MB`;
  figures['operator CPU'] = `${(operator.cpu.usageCoreNanoSeconds / 1e9).toFixed(1)} s in ${age.toFixed(0)} s`;
}
