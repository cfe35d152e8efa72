import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../../../tools/cluster/cluster.ts';
import { brickPath } from '../../../tools/cluster/bricks.ts';
import { moduleFile, OLM_FILES } from '../../../tools/cluster/module-files.ts';
import { startProcess, type Running } from '../../../tools/cluster/processes.ts';

/* OLM 0.45 as it is, as processes beside the cluster: its two operators, and opm that serves a catalog. Only in a network namespace of our own: both listen on all addresses. */

/** Namespace of OLM and of catalogs. */
export const OLM_NAMESPACE = 'olm';

/** Where opm serves. */
const CATALOG_PORT = 50_051;
export const CATALOG_ADDRESS = `127.0.0.1:${CATALOG_PORT}`;

/** Installs OLM's CRDs and starts its operators. Out: how to stop them. */
export async function startOlm(cluster: Cluster): Promise<readonly Running[]> {
  const files = await Promise.all(OLM_FILES.map((name) => moduleFile(name)));
  await must(cluster, ['apply', '--server-side', ...files.flatMap((file) => ['-f', file])]);
  await must(cluster, ['create', 'namespace', OLM_NAMESPACE]);
  await must(cluster, ['wait', '--for=condition=Established', 'crd/olmconfigs.operators.coreos.com', 'crd/clusterserviceversions.operators.coreos.com', 'crd/operatorgroups.operators.coreos.com']);
  await must(cluster, ['apply', '-f', '-'], { apiVersion: 'operators.coreos.com/v1', kind: 'OLMConfig', metadata: { name: 'cluster' } });
  const env = { KUBECONFIG: cluster.kubeconfig, OPERATOR_NAMESPACE: OLM_NAMESPACE, OPERATOR_NAME: 'olm-operator' };
  const start = async (name: 'olm-catalog' | 'olm-operator'): Promise<Running> =>
    startProcess({ name, file: await brickPath(name), args: ['--namespace', OLM_NAMESPACE, '--writeStatusName', ''], logFile: join(cluster.dir, `${name}.log`), env });
  return Promise.all([start('olm-catalog'), start('olm-operator')]);
}

/** Runs kubectl and gives what it prints. @throws with what it complains of */
export async function must(cluster: Cluster, args: readonly string[], input?: object): Promise<string> {
  const { code, stdout, stderr } = await cluster.kubectl(args, input === undefined ? {} : { input: JSON.stringify(input) });
  if (code !== 0) throw new Error(`kubectl ${args.slice(0, 4).join(' ')}: ${stderr.trim()}`);
  return stdout;
}

/** A version of our bundle, for a catalog. */
export interface ServedBundle {
  readonly version: string;
  readonly replaces?: string;
  readonly manifests: readonly object[];
}

const PACKAGE = 'tenant-mesh-operator';
const CHANNEL = 'stable-v0';

/**
 * A file-based catalog whose bundles carry their objects themselves: OLM then needs no image to unpack. Format: operator-registry, `olm.bundle.object`.
 */
function catalogOf(bundles: readonly ServedBundle[]): readonly object[] {
  const entries = bundles.map(({ version, replaces }) => ({ name: `${PACKAGE}.v${version}`, ...(replaces === undefined ? {} : { replaces: `${PACKAGE}.v${replaces}` }) }));
  const bundleOf = ({ version, manifests }: ServedBundle): object => ({
    schema: 'olm.bundle', name: `${PACKAGE}.v${version}`, package: PACKAGE, image: '',
    properties: [
      ...[['ServiceMeshControlPlane', 'v1'], ['ServiceMeshControlPlane', 'v2'], ['ServiceMeshMemberRoll', 'v1'], ['ServiceMeshMember', 'v1']]
        .map(([kind, v]) => ({ type: 'olm.gvk', value: { group: 'maistra.io', kind, version: v } })),
      { type: 'olm.package', value: { packageName: PACKAGE, version } },
      ...manifests.map((manifest) => ({ type: 'olm.bundle.object', value: { data: Buffer.from(JSON.stringify(manifest)).toString('base64') } })),
    ],
  });
  return [{ schema: 'olm.package', name: PACKAGE, defaultChannel: CHANNEL }, { schema: 'olm.channel', package: PACKAGE, name: CHANNEL, entries }, ...bundles.map(bundleOf)];
}

/** Serves a catalog of these bundles. A second one is served after the first has stopped. */
export async function serveCatalog(dir: string, bundles: readonly ServedBundle[]): Promise<Running> {
  const name = `catalog-${bundles.length}`;
  const folder = join(dir, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'catalog.json'), catalogOf(bundles).map((document) => JSON.stringify(document)).join('\n'));
  const args = ['serve', folder, '-p', String(CATALOG_PORT), '--pprof-addr', '', '-t', join(dir, `${name}.termination`), '--cache-dir', join(dir, `${name}.cache`), '--cache-enforce-integrity=false'];
  return startProcess({ name: 'opm', file: await brickPath('opm'), args, logFile: join(dir, 'opm.log'), env: { HOME: dir } });
}

/** What a person applies to install from the catalog. */
export function subscriptionObjects(namespace: string): readonly object[] {
  return [
    { apiVersion: 'operators.coreos.com/v1alpha1', kind: 'CatalogSource', metadata: { name: 'meshes', namespace: OLM_NAMESPACE }, spec: { sourceType: 'grpc', address: CATALOG_ADDRESS } },
    { apiVersion: 'operators.coreos.com/v1', kind: 'OperatorGroup', metadata: { name: PACKAGE, namespace }, spec: {} },
    { apiVersion: 'operators.coreos.com/v1alpha1', kind: 'Subscription', metadata: { name: PACKAGE, namespace }, spec: { channel: CHANNEL, name: PACKAGE, source: 'meshes', sourceNamespace: OLM_NAMESPACE } },
  ];
}
