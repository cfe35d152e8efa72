import { writeFile } from 'node:fs/promises';
import type { IstiodProcess } from '../cluster/istiod-process.ts';
import { kubectlOf } from '../demo/kubectl.ts';
import { writeBare } from './bare-writer.ts';
import { allReady, apply, directPlace, installMesh, openWatches, scopedPlace, startAt, startProxy, usage, type Place, type Proxy } from './isolation-stage.ts';
import { plotPage } from './plot.ts';
import { createNamespaces, median, option, say, settled, type Part, type Stage } from './stage.ts';
import { XdsStream } from './xds-stream.ts';

/*
 * What it costs that istiods read through the scoped API: the same meshes, once behind it and once at the API server with the rights of soft isolation, by turns.
 * `--istiods 1,5,20`: numbers of meshes. `--rounds 2`: how often each. `--changes 200`: of endpoints. `--isolation-plot FILE`: an SVG.
 */

const SERVICES_EACH = 20;
/** Changes of Services while all istiods listen. */
const LOAD = 400;
const TARGET = 'target';
const LINGER_MS = 32_000;

/** What a comparison works with; `atRest` are the API server's watches without any istiod. */
interface Scene { readonly stage: Stage; readonly proxy: Proxy; readonly atRest: number }

const meshes = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `iso-${at}`);
const memberOf = (mesh: string): string => `${mesh}-member`;

async function install(stage: Stage, mesh: string): Promise<void> {
  const namespace = memberOf(mesh);
  await createNamespaces(stage.client, [namespace]);
  await installMesh(stage, mesh, [namespace]);
  const service = (name: string): object => ({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: { ports: [{ name: 'http', port: 80 }] } });
  await apply(stage, [
    ...Array.from({ length: SERVICES_EACH }, (_, at) => service(`svc-${at}`)), service(TARGET),
    { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: TARGET, namespace, labels: { 'kubernetes.io/service-name': TARGET } }, addressType: 'IPv4', ports: [{ name: 'http', port: 8080, protocol: 'TCP' }], endpoints: [] },
  ]);
}

/** CPU seconds for a number of changes that every istiod of a mesh hears of. */
async function load({ client }: Stage, names: readonly string[], at: number): Promise<void> {
  await writeBare(client, Array.from({ length: LOAD }, (_, change) => ({
    method: 'PATCH' as const, path: `/api/v1/namespaces/${memberOf(names[change % names.length] ?? '')}/services/svc-${change % SERVICES_EACH}`, body: { metadata: { annotations: { change: `${at}-${change}` } } },
  })));
}

interface Figures { readonly ready: number; readonly server: number; readonly proxy: number; readonly loadServer: number; readonly loadProxy: number; readonly watches: number; readonly serverMegabytes: number; readonly proxyMegabytes: number }

const pause = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });

/** Starts an istiod per mesh at one address, all at once, looks, and changes things. */
async function measured({ stage, proxy, atRest }: Scene, names: readonly string[], place: Place): Promise<Figures> {
  const [before, since] = [await usage(stage, proxy), performance.now()];
  const istiods = await Promise.all(names.map((name) => startAt(stage, name, place)));
  try {
    await allReady(istiods);
    const ready = (performance.now() - since) / 1000;
    const after = await usage(stage, proxy);
    await pause(2000);
    const watches = await openWatches(stage) - atRest;
    const idle = await usage(stage, proxy);
    await load(stage, names, performance.now());
    await pause(2000);
    const loaded = await usage(stage, proxy);
    return {
      ready, watches, server: after.server - before.server, proxy: after.proxy - before.proxy, loadServer: loaded.server - idle.server, loadProxy: loaded.proxy - idle.proxy,
      serverMegabytes: loaded.serverMegabytes, proxyMegabytes: loaded.proxyMegabytes,
    };
  } finally {
    await Promise.all(istiods.map((istiod) => istiod.stop()));
    // Shared watches linger, and are not the next one's.
    if (place.server === proxy.url) await pause(LINGER_MS);
  }
}

async function listen({ cluster }: Stage, mesh: string, { securePort }: IstiodProcess): Promise<XdsStream> {
  const namespace = memberOf(mesh);
  const token = (await kubectlOf(cluster)('create', 'token', 'default', '-n', namespace, '--duration=1h', '--audience=istio-ca')).trim();
  const stream = new XdsStream({ port: securePort, token, namespace, cluster: `outbound|80||${TARGET}.${namespace}.svc.cluster.local` });
  await stream.whenOpen;
  return stream;
}

const quantile = (values: readonly number[], share: number): number => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;

interface Delays { readonly direct: readonly number[]; readonly scoped: readonly number[] }

/** An address nobody else has, and of which no other is the beginning. */
const addressOf = (change: number): string => `10.9.${100 + Math.floor(change / 100)}.${100 + change % 100}`;

/**
 * From the write of an endpoint to the push that tells a proxy of it, in ms: one mesh's istiod twice, at the API server and behind the scoped API, both hear of the same changes at the same
 * time; so what else goes on in the machine meets both. The istiods of the other meshes run as well, behind the scoped API.
 */
async function delays(stage: Stage, names: readonly string[], proxy: Proxy): Promise<Delays> {
  const [mesh = '', ...others] = names;
  const rest = await Promise.all(others.map((name) => startAt(stage, name, scopedPlace(proxy, `others-${names.length}`))));
  const pair = [await startAt(stage, mesh, await directPlace(stage, `pair-direct-${names.length}`)), await startAt(stage, mesh, scopedPlace(proxy, `pair-scoped-${names.length}`))];
  try {
    await allReady([...rest, ...pair]);
    const streams = await Promise.all(pair.map((istiod) => listen(stage, mesh, istiod)));
    const taken: [number[], number[]] = [[], []];
    for (let change = 0; change < Number(option('changes', '200')); change += 1) {
      const address = addressOf(change);
      const pushes = streams.map((stream) => stream.pushOf(address));
      const since = performance.now();
      await stage.client.call(`/apis/discovery.k8s.io/v1/namespaces/${memberOf(mesh)}/endpointslices/${TARGET}`, { method: 'PATCH', contentType: 'application/merge-patch+json', body: { endpoints: [{ addresses: [address], conditions: { ready: true } }] } });
      const times = await Promise.all(pushes);
      for (const [at, time] of times.entries()) taken[at]?.push(time - since);
    }
    for (const stream of streams) stream.close();
    return { direct: taken[0], scoped: taken[1] };
  } finally {
    await Promise.all([...rest, ...pair].map((istiod) => istiod.stop()));
  }
}

function line(what: string, { ready, server, proxy, loadServer, loadProxy, watches, serverMegabytes, proxyMegabytes }: Figures): string {
  return `    ${what.padEnd(10)} ready after ${ready.toFixed(1)} s, CPU until then: API server ${server.toFixed(1)} s, scoped API ${proxy.toFixed(1)} s; ${watches} watches more; ${LOAD} changes: API server ${loadServer.toFixed(1)} s, scoped API ${loadProxy.toFixed(1)} s; RSS ${serverMegabytes.toFixed(0)} MB, scoped API ${proxyMegabytes.toFixed(0)} MB`;
}

function middle(figures: readonly Figures[]): Figures {
  const of = (pick: (one: Figures) => number): number => median(figures.map(pick));
  return {
    ready: of((one) => one.ready), server: of((one) => one.server), proxy: of((one) => one.proxy), loadServer: of((one) => one.loadServer), loadProxy: of((one) => one.loadProxy),
    watches: of((one) => one.watches), serverMegabytes: of((one) => one.serverMegabytes), proxyMegabytes: of((one) => one.proxyMegabytes),
  };
}

interface Compared { readonly count: number; readonly direct: Figures; readonly scoped: Figures; readonly delays: Delays }

async function compare(scene: Scene, count: number): Promise<Compared> {
  const { stage, proxy } = scene;
  const names = meshes(count);
  const [direct, scoped]: [Figures[], Figures[]] = [[], []];
  say(`${count} istiods:`);
  for (let round = 0; round < Number(option('rounds', '2')); round += 1) {
    direct.push(await measured(scene, names, await directPlace(stage, `direct-${count}-${round}`)));
    say(line('direct', direct[round] ?? middle(direct)));
    scoped.push(await measured(scene, names, scopedPlace(proxy, `scoped-${count}-${round}`)));
    say(line('scoped', scoped[round] ?? middle(scoped)));
  }
  const [one, two, taken] = [middle(direct), middle(scoped), await delays(stage, names, proxy)];
  const ratio = (pick: (figures: Figures) => number): string => (pick(two) / pick(one)).toFixed(2);
  say(`    ratios of medians: ready ${ratio(({ ready }) => ready)}, CPU of the API server until ready ${ratio(({ server }) => server)}, during changes ${ratio(({ loadServer }) => loadServer)}, watches ${ratio(({ watches }) => watches)}`);
  const at = (share: number): string => `${quantile(taken.direct, share).toFixed(0)} and ${quantile(taken.scoped, share).toFixed(0)} ms, ratio ${(quantile(taken.scoped, share) / quantile(taken.direct, share)).toFixed(2)}`;
  const later = taken.scoped.map((ms, change) => ms - (taken.direct[change] ?? 0));
  say(`    endpoint to XDS push, direct and scoped: median ${at(0.5)}; p99 ${at(0.99)}; later by ${quantile(later, 0.5).toFixed(1)} ms in the median, ${quantile(later, 0.99).toFixed(1)} ms at p99 (${taken.direct.length} changes)`);
  return { count, direct: one, scoped: two, delays: taken };
}

async function plot(compared: readonly Compared[]): Promise<void> {
  const file = option('isolation-plot', '');
  if (file === '') return;
  const series = (pick: (figures: Figures) => number): { name: string; colour: string; points: [number, number][] }[] => [
    { name: 'direct', colour: '#888', points: compared.map(({ count, direct }) => [count, pick(direct)]) },
    { name: 'scoped', colour: '#d2691e', points: compared.map(({ count, scoped }) => [count, pick(scoped)]) },
  ];
  const below = 'istiods';
  await writeFile(file, plotPage('What istiods cost the API server, by their number', [
    { above: 'watches more', below, series: series(({ watches }) => watches) },
    { above: 'CPU seconds of the API server until all are ready', below, series: series(({ server }) => server) },
    { above: `CPU seconds of the API server during ${LOAD} changes`, below, series: series(({ loadServer }) => loadServer) },
    { above: 'seconds until all are ready', below, series: series(({ ready }) => ready) },
  ]));
}

/** istiods behind the scoped API beside the same at the API server. */
export const ISOLATION: Part = {
  name: 'isolation',
  run: async (stage) => {
    const counts = option('istiods', '1,5').split(',').map(Number);
    for (const mesh of meshes(Math.max(...counts))) await install(stage, mesh);
    await settled(stage.client);
    const proxy = await startProxy(stage);
    try {
      // The first start of a program reads it from the disk, and nobody's figure should have that in it.
      const scene: Scene = { stage, proxy, atRest: await openWatches(stage) };
      await measured(scene, meshes(1), await directPlace(stage, 'first'));
      await measured(scene, meshes(1), scopedPlace(proxy, 'first-scoped'));
      const compared: Compared[] = [];
      for (const count of counts) compared.push(await compare(scene, count));
      await plot(compared);
    } finally {
      await proxy.stop();
    }
  },
};
