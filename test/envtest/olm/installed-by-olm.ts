import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '../../../tools/cluster/api-client.ts';
import { startCluster } from '../../../tools/cluster/cluster.ts';
import type { Running } from '../../../tools/cluster/processes.ts';
import { settleIn } from '../../../tools/demo/enclosure.ts';
import { meshImages } from '../../../tools/demo/mesh-images.ts';
import { walk } from '../../../tools/demo/walk.ts';
import { eventually } from '../../support/eventually.ts';
import { besideOther } from './beside.ts';
import { buildEarlier, present, renumbered, type BuiltOperator } from './earlier-program.ts';
import { operatorDead, removedWithMeshes, removedWithoutMeshes } from './leaving.ts';
import { makeMeshes, meshesReady } from './meshes.ts';
import { neededChanges } from './needed-changes.ts';
import { must, olmImages, serveCatalog, startOlm, subscriptionObjects, type ServedBundle } from './olm-programs.ts';
import { probe } from './probes.ts';
import { bundleOf, imageOf } from './served-operators.ts';
import { differences, snapshot } from './snapshot.ts';
import { csvSucceeded, NAMESPACE, say, seconds, settled, type Stage } from './stage.ts';

/*
 * Runs in a network and mount namespace of its own, started by install.test.ts: the real OLM installs the operator from a catalog, upgrades it from an
 * earlier version to the present one under another number, and from that to the present one, and removes it. The operator's pod is a process with the files
 * that its pod asks for; the walk's istiod, gateways and applications are processes as well. Prints what it saw, as JSON.
 */

const [EARLIER, BEFORE] = ['0.0.8', '0.0.9'];

async function subscribe({ cluster }: Stage): Promise<void> {
  for (const object of subscriptionObjects(NAMESPACE)) await must(cluster, ['apply', '-f', '-'], object);
}

async function judged({ cluster }: Stage): Promise<object> {
  const wrong = await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'wrong', namespace: 'default' }, spec: { version: 'v9.9' } }) });
  const configurations = await must(cluster, ['get', 'validatingwebhookconfigurations', '-o', 'jsonpath={range .items[*]}{.metadata.name}{"\\n"}{end}']);
  const conversionService = await must(cluster, ['get', 'crd', 'servicemeshcontrolplanes.maistra.io', '-o', 'jsonpath={.spec.conversion.webhook.clientConfig.service.name}']);
  return { refused: wrong.stderr.trim(), configurations: configurations.trim().split('\n'), conversionService };
}

/** Webhooks answer, and OLM has written the conversion into the CRD, as the last thing. */
async function answering(stage: Stage): Promise<object> {
  return eventually('webhooks answer', async () => {
    const now = await judged(stage) as { refused: string; conversionService: string };
    return now.refused.includes('denied the request') && now.conversionService !== '' ? now : undefined;
  });
}

async function install(stage: Stage, version: string): Promise<object> {
  const since = performance.now();
  await must(stage.cluster, ['create', 'namespace', NAMESPACE]);
  await subscribe(stage);
  await csvSucceeded(stage, version);
  const installSeconds = seconds(since);
  say(`${version} installed`);
  return { installSeconds, ...await answering(stage) };
}

/** Serves a catalog with one version more, and watches what happens to everything else. */
async function upgrade(stage: Stage, version: string, next: () => Promise<void>): Promise<object> {
  const before = await snapshot(stage);
  const stop = probe(stage);
  const since = performance.now();
  await next();
  await settled(stage, version);
  const upgradeSeconds = seconds(since);
  await meshesReady(stage);
  const probed = await stop();
  say(`upgraded to ${version}: ${JSON.stringify(probed)}`);
  return { upgradeSeconds, objects: before.size, ...differences(before, await snapshot(stage)), probed, ...await judged(stage) };
}

/** The bundle, through the API server's strict check. */
async function strict({ cluster }: Stage, { manifests }: ServedBundle): Promise<object> {
  const dryRun = (object: object): ReturnType<typeof cluster.kubectl> => cluster.kubectl(['create', '--dry-run=server', '--validate=strict', '-n', 'default', '-f', '-'], { input: JSON.stringify(object) });
  const { code, stderr } = await dryRun({ apiVersion: 'v1', kind: 'List', items: manifests });
  const csv = manifests.find((manifest) => 'kind' in manifest && manifest.kind === 'ClusterServiceVersion') as { readonly spec: object };
  return { code, stderr, unknown: (await dryRun({ ...csv, spec: { ...csv.spec, strange: true } })).stderr };
}

function filesUnder(folder: string, name: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && entry.name === name).map((entry) => join(entry.parentPath, entry.name));
}

/** What helps to find out why. */
async function tellAll({ cluster }: Stage): Promise<void> {
  const logs = ['opm.log', 'olm-catalog.log', 'olm-operator.log', 'operator.log'].flatMap((name) => filesUnder(cluster.dir, name));
  for (const log of logs) say(`${log}:\n${readFileSync(log, 'utf8').slice(-3000)}`);
  say(await must(cluster, ['get', 'subscription,installplan,csv,deployment,pod', '-n', NAMESPACE, '-o', 'wide']).catch(String));
}

/** The catalog that is served. */
interface Catalog { now?: Running }

/** All of it, in order. */
async function play(stage: Stage, operators: readonly [BuiltOperator, BuiltOperator, BuiltOperator], scratch: string, opm: Catalog): Promise<object> {
  const [earlier, before, now] = operators;
  const catalog = [bundleOf(earlier), bundleOf(before, EARLIER), bundleOf(now, BEFORE)];
  await startOlm(stage.cluster);
  say('OLM runs');
  const serve = async (count: number): Promise<void> => {
    await opm.now?.stop(2_000);
    opm.now = await serveCatalog(stage.cluster.dir, catalog.slice(0, count));
  };
  const accepted = await strict(stage, bundleOf(now));
  await serve(1);
  const installed = await install(stage, EARLIER);
  await makeMeshes(stage);
  say('meshes are ready');
  await walk(stage.cluster);
  say('walked');
  const first = await upgrade(stage, BEFORE, () => serve(2));
  const second = await upgrade(stage, now.version, () => serve(3));
  const dead = await operatorDead(stage);
  const withMeshes = await removedWithMeshes(stage, now.version);
  const kept = await snapshot(stage);
  await subscribe(stage);
  await settled(stage, now.version);
  await answering(stage);
  await meshesReady(stage, ['v2/servicemeshcontrolplanes']);
  const again = { objects: kept.size, ...differences(kept, await snapshot(stage)) };
  say(`installed again: ${JSON.stringify(again)}`);
  const withoutMeshes = await removedWithoutMeshes(stage, now.version);
  say(JSON.stringify(withoutMeshes));
  const beside = await besideOther(stage);
  return { accepted, installed, first: { ...first, needed: neededChanges(scratch, earlier, before) }, second, dead, withMeshes, again, withoutMeshes, beside };
}

const scratch = process.env['TMESH_OLM_SCRATCH'] ?? '/tmp';
const operators = [buildEarlier(scratch, EARLIER), renumbered(scratch, BEFORE), present()] as const;
const images = [...operators.map(imageOf), ...await olmImages(), ...await meshImages()];
await settleIn();
const cluster = await startCluster({ flavour: 'openshift', images });
const stage: Stage = { cluster, client: connect(cluster.server, readFileSync(cluster.caFile, 'utf8'), cluster.token('admin')) };
const opm: Catalog = {};
try {
  const seen = await play(stage, operators, scratch, opm);
  process.stdout.write(`${JSON.stringify(seen)}\n`);
} catch (error) {
  await tellAll(stage);
  throw error;
} finally {
  stage.client.close();
  await opm.now?.stop(1_000);
  await cluster.stop();
}
process.exit();
