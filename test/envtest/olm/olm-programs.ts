import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../../../tools/cluster/cluster.ts';
import { brickPath } from '../../../tools/cluster/bricks.ts';
import { moduleFile, OLM_FILES } from '../../../tools/cluster/module-files.ts';
import type { ProcessImage } from '../../../tools/cluster/mesh-processes/images.ts';
import { HOST_IP } from '../../../tools/cluster/node-object.ts';
import { startProcess, type Running } from '../../../tools/cluster/processes.ts';

/*
 * OLM 0.45 as it is: its two operators as pods, which are processes in a network of their own (both listen on port 8080 of all addresses, where Services of
 * the cluster want to be), and opm, which serves a catalog, on the host of the node.
 */

/** Namespace of OLM and of catalogs. */
export const OLM_NAMESPACE = 'olm';

const PROGRAMS = ['olm-catalog', 'olm-operator'] as const;
const ACCOUNT = 'olm-operator-serviceaccount';

/** The images of OLM's operators. */
export async function olmImages(): Promise<readonly ProcessImage[]> {
  return Promise.all(PROGRAMS.map(async (name) => ({ repository: `/operator-framework/${name}`, entrypoint: [`/usr/local/bin/${name}`], files: { [`/usr/local/bin/${name}`]: await brickPath(name) }, user: 65_532 })));
}

/** As OLM's own chart deploys it, as far as it matters here. */
function deploymentOf(name: string): object {
  const container = {
    name, image: `quay.io/operator-framework/${name}:v0.45.0`, args: ['--namespace', OLM_NAMESPACE, '--writeStatusName', ''],
    env: [{ name: 'OPERATOR_NAMESPACE', value: OLM_NAMESPACE }, { name: 'OPERATOR_NAME', value: 'olm-operator' }],
    readinessProbe: { httpGet: { path: '/healthz', port: 8080 } }, volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
  };
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: OLM_NAMESPACE },
    spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { serviceAccountName: ACCOUNT, volumes: [{ name: 'tmp', emptyDir: {} }], containers: [container] } } },
  };
}

function accountObjects(): readonly object[] {
  const subject = { kind: 'ServiceAccount', name: ACCOUNT, namespace: OLM_NAMESPACE };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: ACCOUNT, namespace: OLM_NAMESPACE } },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: 'olm' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' }, subjects: [subject] },
  ];
}

/** Stops OLM's operators, or starts them again. */
export async function scaleOlm(cluster: Cluster, replicas: 0 | 1): Promise<void> {
  for (const name of PROGRAMS) await must(cluster, ['scale', 'deployment', name, '-n', OLM_NAMESPACE, `--replicas=${replicas}`]);
  for (const name of PROGRAMS) await must(cluster, ['wait', 'pod', '-l', `app=${name}`, '-n', OLM_NAMESPACE, replicas === 0 ? '--for=delete' : '--for=condition=Ready', '--timeout=60s']);
}

/** Where opm serves. */
const CATALOG_PORT = 50_051;
const CATALOG_ADDRESS = `${HOST_IP}:${CATALOG_PORT}`;

/** What OLM reads of an OpenShift cluster; it does not begin before it knows whether there is a proxy. */
const OPENSHIFT_KINDS = [['Proxy', 'proxies'], ['APIServer', 'apiservers']] as const;

const openshiftDefinitions = (): readonly object[] => OPENSHIFT_KINDS.map(([kind, plural]) => ({
  apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `${plural}.config.openshift.io` },
  spec: {
    group: 'config.openshift.io', scope: 'Cluster', names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { 'type': 'object', 'x-kubernetes-preserve-unknown-fields': true } } }],
  },
}));

/** Installs OLM's CRDs and starts its operators, on an OpenShift. Its images must be among those of the cluster. */
export async function startOlm(cluster: Cluster): Promise<void> {
  const files = await Promise.all(OLM_FILES.map((name) => moduleFile(name)));
  await must(cluster, ['apply', '--server-side', ...files.flatMap((file) => ['-f', file])]);
  await must(cluster, ['apply', '-f', '-'], { apiVersion: 'v1', kind: 'List', items: openshiftDefinitions() });
  await must(cluster, ['create', 'namespace', OLM_NAMESPACE]);
  await must(cluster, ['wait', '--for=condition=Established', 'crd/olmconfigs.operators.coreos.com', 'crd/clusterserviceversions.operators.coreos.com', 'crd/operatorgroups.operators.coreos.com', ...OPENSHIFT_KINDS.map(([, plural]) => `crd/${plural}.config.openshift.io`)]);
  await must(cluster, ['apply', '-f', '-'], { apiVersion: 'operators.coreos.com/v1', kind: 'OLMConfig', metadata: { name: 'cluster' } });
  await must(cluster, ['apply', '-f', '-'], { apiVersion: 'v1', kind: 'List', items: [...accountObjects(), ...PROGRAMS.map(deploymentOf)] });
  for (const name of PROGRAMS) await must(cluster, ['rollout', 'status', `deployment/${name}`, '-n', OLM_NAMESPACE, '--timeout=120s']);
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
