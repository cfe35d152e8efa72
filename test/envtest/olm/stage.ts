import type { ApiClient } from '../../../tools/cluster/api-client.ts';
import type { Cluster } from '../../../tools/cluster/cluster.ts';
import { valueAt } from '../../../src/lib/json.ts';
import { eventually } from '../../support/eventually.ts';

/* What the parts of the installation by OLM share. */

/** Where OLM installs the operator. */
export const NAMESPACE = 'tenant-mesh-operator';

/** Number of meshes; fewer on request. */
export const MESHES = Number(process.env['TMESH_OLM_MESHES'] ?? 50);

/** How long OLM is waited for. It decides nothing: a machine that others use as well takes minutes for what takes ten seconds. */
const PATIENCE_SECONDS = 480;

/** A cluster with OLM. */
export interface Stage { readonly cluster: Cluster; readonly client: ApiClient }

/** What we read of any object. */
export interface Seen {
  readonly kind?: string;
  readonly metadata: {
    readonly name: string; readonly namespace?: string; readonly uid: string; readonly generation?: number; readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly { readonly manager?: string; readonly subresource?: string; readonly time?: string }[];
  };
  readonly spec?: unknown;
  readonly status?: { readonly phase?: string; readonly message?: string; readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

const started = performance.now();

/** Seconds since then, or since the start. */
export const seconds = (since = started): number => Math.round((performance.now() - since) / 100) / 10;

/** A line about how far it is, on stderr. */
export const say = (line: string): void => { process.stderr.write(`${seconds()} s: ${line}\n`); };

const CSVS = `/apis/operators.coreos.com/v1alpha1/namespaces/${NAMESPACE}/clusterserviceversions`;

/** A list. OLM writes the CRD's conversion, and the API server answers 429 while it opens the kind's storage anew. */
export const listOf = (client: ApiClient, path: string): Promise<readonly Seen[]> => eventually(path, async () => (await client.call<{ items: Seen[] }>(path)).items);

/** Waits until OLM says that a version is installed. */
export async function csvSucceeded({ client }: Stage, version: string): Promise<void> {
  await eventually(`CSV ${version} Succeeded`, async () => {
    const { status } = await client.call<Seen>(`${CSVS}/tenant-mesh-operator.v${version}`);
    if (status?.phase !== 'Succeeded') throw new Error(`${status?.phase}: ${status?.message}`);
    return true;
  }, PATIENCE_SECONDS);
}

/** The pods of the operator, without those of the node plug-in beside it. */
export const operatorPods = ({ client }: Stage): Promise<readonly Seen[]> => listOf(client, `/api/v1/namespaces/${NAMESPACE}/pods?labelSelector=app.kubernetes.io%2Fname%3D${NAMESPACE}`);

/** Path of the CRD of control planes. */
export const CONTROL_PLANE_DEFINITION = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/servicemeshcontrolplanes.maistra.io';

/** OLM installs a second time when the version before is gone; it is over when the new one has Succeeded alone, with one pod, for a while. */
export async function settled(stage: Stage, version: string): Promise<void> {
  let since = performance.now();
  await eventually('the upgrade has settled', async () => {
    const [csvs, pods, definition] = await Promise.all([listOf(stage.client, CSVS), operatorPods(stage), stage.client.call<object>(CONTROL_PLANE_DEFINITION)]);
    // OLM carries its plan out again when something failed, and takes the conversion away each time.
    const strategy = valueAt(definition, 'spec', 'conversion', 'strategy');
    const isThere = strategy === 'Webhook' && csvs.length === 1 && csvs[0]?.metadata.name === `tenant-mesh-operator.v${version}` && csvs[0]?.status?.phase === 'Succeeded' && pods.length === 1;
    if (!isThere) since = performance.now();
    if (isThere && performance.now() - since > 5_000) return true;
    throw new Error(`${csvs.map(({ metadata: { name }, status }) => `${name} ${status?.phase}`).join(', ')}; ${pods.length} pods; conversion ${String(strategy)}`);
  }, PATIENCE_SECONDS);
}
