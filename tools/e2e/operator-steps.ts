import { join } from 'node:path';
import { ask } from './http.ts';
import { say } from './screen.ts';
import { containersOf, podAddress, podsOf, type Stage } from './stage.ts';

const root = join(import.meta.dirname, '..', '..');
const NAMESPACE = 'tenant-mesh-operator';
const SELECTOR = 'app.kubernetes.io/name=tenant-mesh-operator';

/** Installs the operator with the files a user would apply, and waits until it and its webhooks answer. */
export async function installOperator(stage: Stage): Promise<void> {
  const { kubectl, client, checks, figures } = stage;
  say('\n== 0. The operator, as a pod from its own image');
  const since = Date.now();
  await kubectl('apply', '--server-side', '-f', join(root, 'crds'), '-f', join(root, 'deploy', 'rbac.yaml'), '-f', join(root, 'deploy', 'operator.yaml'));
  const isUp = await checks.holds('the operator runs and is ready', async () => {
    const pods = await podsOf(client, NAMESPACE, SELECTOR);
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

/** The value of a metric without labels; 0 when it is missing. */
export function metricOf(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
}

/** Memory and CPU of the operator's process, by its own metrics, for the figures. */
export async function measureOperator({ client, figures }: Stage): Promise<void> {
  const { body } = await ask(`http://${await podAddress(client, NAMESPACE, SELECTOR)}:8080/metrics`);
  const age = Date.now() / 1000 - metricOf(body, 'process_start_time_seconds');
  figures['operator memory (RSS)'] = `${(metricOf(body, 'process_resident_memory_bytes') / 1e6).toFixed(0)} MB`;
  figures['operator CPU'] = `${metricOf(body, 'process_cpu_seconds_total').toFixed(1)} s in ${age.toFixed(0)} s`;
}
