import type { KubeObject } from '../../../src/k8s/object.ts';
import { valueAt } from '../../../src/lib/json.ts';
import type { ApiClient } from '../../../tools/cluster/api-client.ts';

/** What a pod is made from: as in a Deployment's template. */
export interface PodTemplate {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** The template of a rendered Deployment. The pod starts no process, so what its account and volumes are does not matter. */
export function templateOf(deployment: KubeObject): PodTemplate {
  const template = valueAt(deployment, 'spec', 'template') as PodTemplate;
  return { metadata: template.metadata, spec: { containers: template.spec['containers'] } };
}

/** A template with one container and its named ports. */
export function podTemplate(ports: Readonly<Record<string, number>>, metadata: PodTemplate['metadata']): PodTemplate {
  const listed = Object.entries(ports).map(([name, containerPort]) => ({ name, containerPort }));
  return { metadata, spec: { containers: [{ name: 'main', image: 'example/none', ports: listed }] } };
}

/** Creates a pod and says, as a kubelet would, that it is in a phase and has an address. */
export async function runPod(client: ApiClient, at: { readonly namespace: string; readonly name: string; readonly address: string; readonly phase?: string }, { metadata, spec }: PodTemplate): Promise<void> {
  const { namespace, name, address, phase = 'Running' } = at;
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const containers = (spec['containers'] as readonly Record<string, unknown>[]).map((container) => ({ ...container, volumeMounts: [] }));
  await client.call(pods, { method: 'POST', body: { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name, namespace }, spec: { ...spec, containers, automountServiceAccountToken: false } } });
  await client.call(`${pods}/${name}/status`, { method: 'PATCH', contentType: 'application/merge-patch+json', body: { status: { phase, podIP: address, podIPs: [{ ip: address }] } } });
}
