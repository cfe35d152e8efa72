import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import { sortedBy } from '../../../src/lib/sort.ts';
import { connect, type ApiClient } from '../../../tools/cluster/api-client.ts';
import { startCluster, type Cluster } from '../../../tools/cluster/cluster.ts';
import type { ProcessImage } from '../../../tools/cluster/mesh-processes/images.ts';
import type { Running } from '../../../tools/cluster/processes.ts';
import { settleIn } from '../../../tools/demo/enclosure.ts';
import { OPERATOR_VERSION } from '../../../tools/olm/identity.ts';
import { eventually } from '../../support/eventually.ts';
import { otherOperatorObjects } from './other-operator.ts';
import { must, serveCatalog, startOlm, subscriptionObjects, type ServedBundle } from './olm-programs.ts';

/*
 * Runs in a network and mount namespace of its own, started by install.test.ts: the real OLM installs the operator from a catalog, upgrades it, and
 * removes it. The operator's pod is a process with the files that its pod asks for. Prints what it saw, as JSON.
 */

const root = join(import.meta.dirname, '..', '..', '..');
const NAMESPACE = 'tenant-mesh-operator';
const BEFORE = '0.0.9';
const MESHES = Number(process.env['TMESH_OLM_MESHES'] ?? 50);
const NODE = '/usr/local/bin/node';
const HOME = '/opt/tmesh';

function filesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** The operator's image out of dist/; for the version before, with its number in the program. */
function operatorImage(repository: string, dist: string): ProcessImage {
  const files = Object.fromEntries(filesUnder(dist).filter((file) => /tmesh\.mjs$|charts\/|istio-crds\.json$/.test(file)).map((file) => [`${HOME}/${relative(dist, file)}`, file]));
  return { repository, entrypoint: [NODE, '--max-semi-space-size=4', `${HOME}/tmesh.mjs`], files: { [NODE]: process.execPath, ...files }, user: 65_532 };
}

/** dist/ as an older build would be: the same program, but it calls itself 0.0.9. */
function olderDist(dir: string): string {
  const older = join(dir, 'older');
  for (const file of filesUnder(join(root, 'dist'))) {
    const target = join(older, relative(join(root, 'dist'), file));
    mkdirSync(join(target, '..'), { recursive: true });
    const text = readFileSync(file);
    writeFileSync(target, file.endsWith('tmesh.mjs') ? text.toString('utf8').replaceAll(`"${OPERATOR_VERSION}"`, `"${BEFORE}"`) : text);
  }
  return older;
}

type Manifest = { kind: string; metadata: { name: string; namespace?: string } };

function bundleManifests(): Manifest[] {
  return filesUnder(join(root, 'bundle', 'manifests')).flatMap((file) => parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as Manifest));
}

/** Our bundle, and one of an older version in front of it. */
function bundles(): readonly [ServedBundle, ServedBundle] {
  const withoutNamespace = (manifest: Manifest): Manifest => ({ ...manifest, metadata: { ...manifest.metadata, ...(manifest.metadata.namespace === 'placeholder' ? { namespace: '' } : {}) } });
  const now = bundleManifests().map(withoutNamespace);
  const older = now.map((manifest) => (manifest.kind === 'ClusterServiceVersion'
    ? JSON.parse(JSON.stringify(manifest).replaceAll(`"tenant-mesh-operator:${OPERATOR_VERSION}"`, `"before/tenant-mesh-operator-before:${BEFORE}"`)
      .replaceAll(`tenant-mesh-operator.v${OPERATOR_VERSION}`, `tenant-mesh-operator.v${BEFORE}`).replace(`"version":"${OPERATOR_VERSION}"`, `"version":"${BEFORE}"`)) as Manifest
    : manifest));
  const newer = now.map((manifest) => (manifest.kind === 'ClusterServiceVersion' ? { ...manifest, spec: { ...(manifest as unknown as { spec: object }).spec, replaces: `tenant-mesh-operator.v${BEFORE}` } } : manifest));
  return [{ version: BEFORE, manifests: older }, { version: OPERATOR_VERSION, replaces: BEFORE, manifests: newer }];
}

const started = performance.now();
const seconds = (since = started): number => Math.round((performance.now() - since) / 100) / 10;
const say = (line: string): void => { process.stderr.write(`${seconds()} s: ${line}\n`); };

interface Conditioned { readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string; readonly generation: number; readonly resourceVersion: string }; readonly spec: unknown; readonly status?: { readonly phase?: string; readonly message?: string; readonly conditions?: readonly { readonly type: string; readonly status: string }[] } }

const CSVS = `/apis/operators.coreos.com/v1alpha1/namespaces/${NAMESPACE}/clusterserviceversions`;

async function csvSucceeded(client: ApiClient, version: string): Promise<void> {
  await eventually(`CSV ${version} Succeeded`, async () => {
    const { status } = await client.call<Conditioned>(`${CSVS}/tenant-mesh-operator.v${version}`);
    if (status?.phase !== 'Succeeded') throw new Error(`${status?.phase}: ${status?.message}`);
    return true;
  }, 120);
}

/** A list. OLM writes the CRD's conversion, and the API server answers 429 while it opens the kind's storage anew. */
const listOf = (client: ApiClient, path: string): Promise<readonly Conditioned[]> => eventually(path, async () => (await client.call<{ items: Conditioned[] }>(path)).items);

const SMALL_V2 = { gateways: { enabled: false }, tracing: { type: 'None' }, addons: { prometheus: { enabled: false }, grafana: { enabled: false }, kiali: { enabled: false } } };
const SMALL_V1 = {
  istio: { gateways: { enabled: false }, tracing: { enabled: false }, prometheus: { enabled: false }, grafana: { enabled: false }, kiali: { enabled: false } },
};

/** Meshes with a member each; every second one in the words of the first API. */
function meshObjects(): readonly object[] {
  return Array.from({ length: MESHES }, (_, at) => {
    const [mesh, project] = [`mesh-${at}`, `project-${at}`];
    const [version, spec] = at % 2 === 0 ? ['v2', SMALL_V2] : ['v1', SMALL_V1];
    return [
      ...[mesh, project].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
      { apiVersion: `maistra.io/${version}`, kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace: mesh }, spec },
      at % 3 === 0
        ? { apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMember', metadata: { name: 'default', namespace: project }, spec: { controlPlaneRef: { namespace: mesh, name: 'basic' } } }
        : { apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMemberRoll', metadata: { name: 'default', namespace: mesh }, spec: { members: [project] } },
    ];
  }).flat();
}

const isTrue = (object: Conditioned, type: string): boolean => object.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') === true;

async function meshesReady(client: ApiClient): Promise<void> {
  await eventually('all meshes and rolls ready', async () => {
    const meshes = await listOf(client, '/apis/maistra.io/v2/servicemeshcontrolplanes');
    const rolls = await listOf(client, '/apis/maistra.io/v1/servicemeshmemberrolls');
    const ready = [...meshes, ...rolls].filter((object) => isTrue(object, 'Ready')).length;
    if (ready < 2 * MESHES) throw new Error(`${ready} of ${2 * MESHES} are ready`);
    return true;
  }, 240);
}

const KEPT = [
  '/apis/maistra.io/v1/servicemeshcontrolplanes', '/apis/maistra.io/v2/servicemeshcontrolplanes', '/apis/maistra.io/v1/servicemeshmemberrolls', '/apis/maistra.io/v1/servicemeshmembers',
];
const MADE = ['/apis/apps/v1/deployments', '/api/v1/services', '/apis/networking.k8s.io/v1/networkpolicies', '/apis/rbac.authorization.k8s.io/v1/rolebindings', '/api/v1/serviceaccounts'];

/** Identity, generation and content of what users wrote and of what the operator made of it. */
async function snapshot(client: ApiClient): Promise<ReadonlyMap<string, { readonly uid: string; readonly generation: number; readonly spec: string }>> {
  const all = await Promise.all([...KEPT, ...MADE].map(async (path) => (await listOf(client, path)).filter(({ metadata }) => /^(mesh|project)-/.test(metadata.namespace))
    .map(({ metadata, spec }) => [`${path} ${metadata.namespace}/${metadata.name}`, { uid: metadata.uid, generation: metadata.generation, spec: JSON.stringify(spec) }] as const)));
  return new Map(all.flat());
}

type Seen = Record<string, unknown>;

/** What differs, object by object. */
function differences(before: Awaited<ReturnType<typeof snapshot>>, after: Awaited<ReturnType<typeof snapshot>>): readonly string[] {
  const lost = [...before].filter(([key]) => !after.has(key)).map(([key]) => `lost ${key}`);
  const changed = [...before].flatMap(([key, { uid, generation, spec }]) => {
    const now = after.get(key);
    return now !== undefined && (now.uid !== uid || now.generation !== generation || now.spec !== spec) ? [`changed ${key}`] : [];
  });
  return [...lost, ...changed];
}

/** Asks the webhooks for a judgement and a conversion, again and again. Out: stop, which gives how many were asked, what failed, and the longest time without an answer. */
function keepAsking(cluster: Cluster): () => Promise<{ readonly asked: number; readonly failed: readonly string[]; readonly longestGapSeconds: number }> {
  const over = new AbortController();
  let asked = 0;
  const failed: string[] = [];
  let answered = performance.now();
  let longest = 0;
  const object = { apiVersion: 'maistra.io/v1', kind: 'ServiceMeshControlPlane', metadata: { name: 'probe', namespace: 'default' }, spec: SMALL_V1 };
  const loop = (async () => {
    while (!over.signal.aborted) {
      const { code, stderr } = await cluster.kubectl(['create', '--dry-run=server', '-f', '-'], { input: JSON.stringify(object) });
      asked += 1;
      if (code !== 0) failed.push(stderr.trim());
      if (code === 0) {
        longest = Math.max(longest, performance.now() - answered);
        answered = performance.now();
      }
      await sleep(100);
    }
  })();
  return async () => {
    over.abort();
    await loop;
    return { asked, failed, longestGapSeconds: Math.round(longest / 100) / 10 };
  };
}

async function judged(cluster: Cluster): Promise<Seen> {
  const wrong = await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'wrong', namespace: 'default' }, spec: { version: 'v9.9' } }) });
  const configurations = await must(cluster, ['get', 'validatingwebhookconfigurations', '-o', 'jsonpath={range .items[*]}{.metadata.name}{"\\n"}{end}']);
  const conversion = JSON.parse(await must(cluster, ['get', 'crd', 'servicemeshcontrolplanes.maistra.io', '-o', 'jsonpath={.spec.conversion}'])) as { webhook?: { clientConfig?: { service?: { name?: string } } } };
  return { refused: wrong.stderr.trim(), configurations: configurations.trim().split('\n'), conversionService: conversion.webhook?.clientConfig?.service?.name };
}

async function install(cluster: Cluster, client: ApiClient): Promise<Seen> {
  const since = performance.now();
  await must(cluster, ['create', 'namespace', NAMESPACE]);
  for (const object of subscriptionObjects(NAMESPACE)) await must(cluster, ['apply', '-f', '-'], object);
  await csvSucceeded(client, BEFORE);
  const installSeconds = seconds(since);
  say('installed');
  const seen = await eventually('webhooks answer', async () => {
    const now = await judged(cluster);
    // OLM writes the conversion into the CRD as the last thing.
    return String(now['refused']).includes('denied the request') && now['conversionService'] !== undefined ? now : undefined;
  });
  return { installSeconds, ...seen };
}

async function upgrade(cluster: Cluster, client: ApiClient, both: readonly ServedBundle[], opm: Running): Promise<Seen & { readonly opm: Running }> {
  const sinceMeshes = performance.now();
  await must(cluster, ['apply', '--server-side', '-f', '-'], { apiVersion: 'v1', kind: 'List', items: meshObjects() });
  await meshesReady(client);
  const meshSeconds = seconds(sinceMeshes);
  say(`${MESHES} meshes ready`);
  const before = await snapshot(client);
  const stop = keepAsking(cluster);
  await opm.stop(2_000);
  const since = performance.now();
  const next = await serveCatalog(cluster.dir, both);
  await settled(client);
  const upgradeSeconds = seconds(since);
  await meshesReady(client);
  const asked = await stop();
  say('upgraded');
  return { meshSeconds, upgradeSeconds, objects: before.size, differences: differences(before, await snapshot(client)), ...asked, opm: next };
}

/** OLM installs a second time when the version before is gone; it is over when the new one has Succeeded alone, with one pod, for a while. */
async function settled(client: ApiClient): Promise<void> {
  let since = performance.now();
  await eventually('the upgrade has settled', async () => {
    const [csvs, pods] = await Promise.all([listOf(client, CSVS), listOf(client, `/api/v1/namespaces/${NAMESPACE}/pods`)]);
    const isThere = csvs.length === 1 && csvs[0]?.metadata.name === `tenant-mesh-operator.v${OPERATOR_VERSION}` && csvs[0]?.status?.phase === 'Succeeded' && pods.length === 1;
    if (!isThere) since = performance.now();
    if (isThere && performance.now() - since > 5_000) return true;
    throw new Error(`${csvs.map(({ metadata: { name }, status }) => `${name} ${status?.phase}`).join(', ')}; ${pods.length} pods`);
  }, 150);
}

/** Takes the operator away while meshes are there, and looks at what still works. */
async function uninstall(cluster: Cluster, client: ApiClient): Promise<Seen> {
  await must(cluster, ['delete', 'subscription', 'tenant-mesh-operator', '-n', NAMESPACE]);
  await must(cluster, ['delete', 'csv', `tenant-mesh-operator.v${OPERATOR_VERSION}`, '-n', NAMESPACE]);
  await eventually('Deployment and webhooks are gone', async () => (await listOf(client, `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`)).length === 0
    && !(await must(cluster, ['get', 'validatingwebhookconfigurations', '-o', 'name'])).includes('maistra'), 60);
  say('uninstalled');
  const conversion = await eventually('conversion is back to None', async () => {
    const text = await must(cluster, ['get', 'crd', 'servicemeshcontrolplanes.maistra.io', '-o', 'jsonpath={.spec.conversion.strategy}']);
    return text === 'None' ? text : undefined;
  }, 60);
  const left = (await listOf(client, '/apis/maistra.io/v2/servicemeshcontrolplanes')).length;
  await must(cluster, ['delete', 'namespace', 'project-1', '--timeout=60s']);
  await must(cluster, ['delete', 'namespace', 'mesh-0', '--wait=false']);
  await eventually('the namespace waits for its control plane', async () => (await must(cluster, ['get', 'smcp', 'basic', '-n', 'mesh-0', '-o', 'jsonpath={.metadata.deletionTimestamp}'])) !== '');
  await must(cluster, ['patch', 'smcp', 'basic', '-n', 'mesh-0', '--type=merge', '-p', '{"metadata":{"finalizers":[]}}']);
  await must(cluster, ['wait', '--for=delete', 'namespace/mesh-0', '--timeout=60s']);
  const roles = await must(cluster, ['get', 'clusterroles', '-o', 'name']);
  return { conversion, left, rolesLeft: sortedBy(roles.split('\n').filter((name) => /tenant-mesh-operator/.test(name)), (name) => name) };
}

interface Reported { readonly metadata: { readonly name: string }; readonly status?: { readonly phase?: string; readonly reason?: string; readonly message?: string; readonly conditions?: readonly { readonly type?: string; readonly reason?: string; readonly message?: string; readonly status?: string }[] } }

/** What OLM says when OpenShift Service Mesh 2 is there already and somebody subscribes to us. */
async function besideOther(cluster: Cluster): Promise<Seen> {
  for (const object of otherOperatorObjects()) await must(cluster, ['apply', '-f', '-'], object);
  const phase = await eventually('the other operator is installed', async () => {
    const text = await must(cluster, ['get', 'csv', 'servicemeshoperator.v2.6.0', '-n', 'openshift-operators', '-o', 'jsonpath={.status.phase}']);
    return text === 'Succeeded' ? text : undefined;
  }, 90);
  for (const object of subscriptionObjects(NAMESPACE)) await must(cluster, ['apply', '-f', '-'], object);
  const said = await eventually('OLM refuses us', async () => {
    const { items } = JSON.parse(await must(cluster, ['get', 'subscription,installplan,csv', '-n', NAMESPACE, '-o', 'json'])) as { items: readonly Reported[] };
    const lines = items.flatMap(({ metadata: { name }, status }) => [`${name} ${status?.phase ?? ''} ${status?.reason ?? ''} ${status?.message ?? ''}`,
      ...(status?.conditions ?? []).filter((condition) => condition.status === 'True').map(({ type, reason, message }) => `${name} ${type ?? ''} ${reason ?? ''} ${message ?? ''}`)]);
    return /Conflict|ConstraintsNotSatisfiable|Failed/.test(lines.join('\n')) ? lines : undefined;
  }, 60);
  say('beside the other operator');
  return { phase, said };
}

if (!existsSync(join(root, 'dist', 'tmesh.mjs'))) throw new Error('dist/tmesh.mjs is missing: run `npm run build`');
await settleIn();
const scratch = process.env['TMESH_OLM_SCRATCH'] ?? '/tmp';
const images = [operatorImage('tenant-mesh-operator-before', olderDist(scratch)), operatorImage('tenant-mesh-operator', join(root, 'dist'))];
const cluster = await startCluster({ images });
const client = connect(cluster.server, readFileSync(cluster.caFile, 'utf8'), cluster.token('admin'));
const [older, newer] = bundles();
let running: readonly Running[] = [];
let opm: Running | undefined;
try {
  running = await startOlm(cluster);
  say('OLM runs');
  const strict = await cluster.kubectl(['create', '--dry-run=server', '--validate=strict', '-n', 'default', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: newer.manifests }) });
  const unknown = await cluster.kubectl(['create', '--dry-run=server', '--validate=strict', '-n', 'default', '-f', '-'], {
    input: JSON.stringify(newer.manifests.filter((manifest) => (manifest as Manifest).kind === 'ClusterServiceVersion').map((manifest) => ({ ...manifest, spec: { ...(manifest as { spec: object }).spec, strange: true } }))[0]) });
  opm = await serveCatalog(cluster.dir, [older]);
  const installed = await install(cluster, client);
  const { opm: next, ...upgraded } = await upgrade(cluster, client, [older, newer], opm);
  opm = next;
  const again = await judged(cluster);
  const removed = await uninstall(cluster, client);
  const beside = await besideOther(cluster);
  process.stdout.write(`${JSON.stringify({ strict, unknown: unknown.stderr, installed, upgraded, again, removed, beside })}\n`);
} catch (error) {
  for (const log of ['olm-catalog.log', 'olm-operator.log', 'opm.log']) say(`${log}:\n${existsSync(join(cluster.dir, log)) ? readFileSync(join(cluster.dir, log), 'utf8').slice(-3000) : 'absent'}`);
  for (const file of filesUnder(cluster.dir).filter((name) => name.endsWith('/operator.log'))) say(`${file}:\n${readFileSync(file, 'utf8').slice(-3000)}`);
  say(await must(cluster, ['get', 'subscription,installplan,csv,deployment,pod', '-n', NAMESPACE, '-o', 'wide']).catch(String));
  throw error;
} finally {
  client.close();
  for (const each of [...running, ...(opm === undefined ? [] : [opm])]) await each.stop(1_000);
  await cluster.stop();
}
process.exit();
