import { writeBare, type BareWrite } from './bare-writer.ts';
import { allReady, apply, directPlace, installMesh, openWatches, peakMegabytes, scopedPlace, startAt, startProxy, usage, type Place, type Proxy } from './isolation-stage.ts';
import { rollCollection } from './members.ts';
import { createNamespaces, option, residentMegabytes, say, settled, until, type Item, type ListOf, type Part, type Stage } from './stage.ts';

/*
 * The scoped API with a cluster of size: meshes, namespaces that are all members, Services, and pods of a node that is an object only, with the status its kubelet would write. The pods
 * are objects, nothing runs; the EndpointSlices are the controller-manager's. `--scale MESHES,NAMESPACES,SERVICES,PODS` (5,1000,5000,20000).
 */

interface Size { readonly meshes: number; readonly namespaces: number; readonly services: number; readonly pods: number }

const NODE = 'node-of-the-bench';

function sizeOf(): Size {
  const [meshes = 5, namespaces = 1000, services = 5000, pods = 20_000] = option('scale', '5,1000,5000,20000').split(',').map(Number);
  return { meshes, namespaces, services, pods };
}

const meshName = (at: number): string => `big-${at}`;
const placeName = (at: number): string => `place-${at}`;

const podIp = (at: number): string => `10.${128 + Math.floor(at / 62_500)}.${Math.floor(at / 250) % 250}.${1 + at % 250}`;

interface Made { readonly create: BareWrite; readonly status: BareWrite }

/** A pod as a Deployment's with a sidecar would be, about 4 kB, and what a kubelet says of it. */
function pod(at: number, { namespaces, services }: Size): Made {
  const namespace = placeName(at % namespaces);
  const app = `app-${Math.floor(at / namespaces) % Math.max(1, Math.floor(services / namespaces))}`;
  const name = `${app}-${at}`;
  const container = (of: string): object => ({
    name: of, image: `registry.example/${of}:1.0`, ports: [{ containerPort: 8080 }], env: Array.from({ length: 20 }, (_, n) => ({ name: `SETTING_${n}`, value: `a value of some length for setting ${n}` })),
    resources: { requests: { cpu: '10m', memory: '40Mi' } },
  });
  const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app, version: 'v1' } }, spec: { nodeName: NODE, terminationGracePeriodSeconds: 0, automountServiceAccountToken: false, containers: [container('app'), container('istio-proxy')] } };
  const started = new Date(0).toISOString();
  const condition = (type: string): object => ({ type, status: 'True', lastTransitionTime: started });
  const status = {
    phase: 'Running', podIP: podIp(at), podIPs: [{ ip: podIp(at) }], hostIP: '10.200.0.1', startTime: started, conditions: ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map(condition),
    containerStatuses: ['app', 'istio-proxy'].map((of) => ({ name: of, ready: true, started: true, restartCount: 0, image: `registry.example/${of}:1.0`, imageID: '', state: { running: { startedAt: started } } })),
  };
  const path = `/api/v1/namespaces/${namespace}/pods`;
  return { create: { method: 'POST', path, body }, status: { method: 'PATCH', path: `${path}/${name}/status`, body: { status } } };
}

async function counted(stage: Stage, path: string): Promise<number> {
  const { items, metadata } = await stage.client.call<ListOf & { readonly metadata: { readonly remainingItemCount?: number } }>(`${path}?limit=1`);
  return items.length + (metadata.remainingItemCount ?? 0);
}

async function fill(stage: Stage, size: Size): Promise<void> {
  const { client } = stage;
  const places = Array.from({ length: size.namespaces }, (_, at) => placeName(at));
  await createNamespaces(client, places);
  await apply(stage, [{ apiVersion: 'v1', kind: 'Node', metadata: { name: NODE, labels: { 'topology.kubernetes.io/region': 'r', 'topology.kubernetes.io/zone': 'z' } } }]);
  await settled(client);
  for (let mesh = 0; mesh < size.meshes; mesh += 1) await installMesh(stage, meshName(mesh), places.filter((_, at) => at % size.meshes === mesh));
  await writeBare(client, Array.from({ length: size.services }, (_, at) => {
    const app = `app-${Math.floor(at / size.namespaces)}`;
    return { method: 'POST' as const, path: `/api/v1/namespaces/${placeName(at % size.namespaces)}/services`, body: { apiVersion: 'v1', kind: 'Service', metadata: { name: app }, spec: { clusterIP: 'None', selector: { app }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] } } };
  }));
  const pods = Array.from({ length: size.pods }, (_, at) => pod(at, size));
  const created = await writeBare(client, pods.map(({ create }) => create), 32);
  const told = await writeBare(client, pods.map(({ status }) => status), 32);
  say(`    ${size.pods} pods created in ${created.toFixed(0)} s, their status in ${told.toFixed(0)} s`);
}

interface RollStatus { readonly configuredMembers?: readonly string[] }

/** Until members are members and each pod is in a slice of its Service. */
async function filled(stage: Stage, size: Size): Promise<void> {
  await until('all are members', 600, async () => {
    const rolls = await Promise.all(Array.from({ length: size.meshes }, (_, mesh) => stage.client.call<Item & { readonly status?: RollStatus }>(`${rollCollection(meshName(mesh))}/default`)));
    return rolls.reduce((sum, { status }) => sum + (status?.configuredMembers?.length ?? 0), 0) === size.namespaces;
  });
  await until('EndpointSlices are at rest', 600, async () => {
    const since = await newest(stage);
    await new Promise((resolve) => { setTimeout(resolve, 5000); });
    return await newest(stage) === since;
  });
}

/** What the newest change of an EndpointSlice was; a list's own resource version moves with every lease. */
async function newest({ client }: Stage): Promise<number> {
  const { items } = await client.call<ListOf>('/apis/discovery.k8s.io/v1/endpointslices?resourceVersion=0');
  return items.reduce((most, { metadata }) => Math.max(most, Number(metadata.resourceVersion)), 0);
}

interface Figures { readonly ready: number; readonly server: number; readonly proxy: number; readonly watches: number }

async function started(stage: Stage, size: Size, place: Place, proxy: Proxy): Promise<Figures> {
  const [watches, before, since] = [await openWatches(stage), await usage(stage, proxy), performance.now()];
  const istiods = await Promise.all(Array.from({ length: size.meshes }, (_, mesh) => startAt(stage, meshName(mesh), place)));
  try {
    await allReady(istiods);
    const ready = (performance.now() - since) / 1000;
    const after = await usage(stage, proxy);
    const more = await openWatches(stage) - watches;
    const megabytes = await Promise.all(istiods.map((istiod) => residentMegabytes(istiod.pid)));
    const figures = { ready, server: after.server - before.server, proxy: after.proxy - before.proxy, watches: more };
    say(`    ${place.folder.padEnd(10)} ${size.meshes} istiods ready after ${ready.toFixed(1)} s; CPU: API server ${figures.server.toFixed(1)} s, scoped API ${figures.proxy.toFixed(1)} s; ${more} watches more; API server ${after.serverMegabytes.toFixed(0)} MB, an istiod ${Math.max(...megabytes).toFixed(0)} MB`);
    if (place.server === proxy.url) await sayMemory(stage, proxy);
    return figures;
  } finally {
    await Promise.all(istiods.map((istiod) => istiod.stop()));
  }
}

async function sayMemory(stage: Stage, proxy: Proxy): Promise<void> {
  const peak = await peakMegabytes(proxy.child.pid);
  const before = await usage(stage, proxy);
  await new Promise((resolve) => { setTimeout(resolve, 20_000); });
  const after = await usage(stage, proxy);
  say(`    scoped API: RSS ${peak.toFixed(0)} MB at its highest so far, ${after.proxyMegabytes.toFixed(0)} MB at rest with all istiods; CPU in 20 s of rest ${(after.proxy - before.proxy).toFixed(2)} s, API server ${(after.server - before.server).toFixed(2)} s`);
}

/** istiods behind the scoped API, and at the API server, in a cluster of size. */
export const ISOLATION_SCALE: Part = {
  name: 'isolation-scale',
  run: async (stage) => {
    const size = sizeOf();
    say(`${size.meshes} meshes, ${size.namespaces} namespaces, ${size.services} Services, ${size.pods} pods:`);
    await fill(stage, size);
    await filled(stage, size);
    const kinds = { pods: '/api/v1/pods', Services: '/api/v1/services', EndpointSlices: '/apis/discovery.k8s.io/v1/endpointslices', namespaces: '/api/v1/namespaces' };
    say(`    in the cluster: ${(await Promise.all(Object.entries(kinds).map(async ([kind, path]) => `${await counted(stage, path)} ${kind}`))).join(', ')}`);
    const proxy = await startProxy(stage);
    try {
      const fresh = await residentMegabytes(proxy.child.pid);
      say(`    scoped API before the first istiod: ${fresh.toFixed(0)} MB`);
      for (let round = 0; round < Number(option('rounds', '2')); round += 1) {
        const direct = await started(stage, size, await directPlace(stage, `direct-${round}`), proxy);
        const scoped = await started(stage, size, scopedPlace(proxy, `scoped-${round}`), proxy);
        say(`    ratios: ready ${(scoped.ready / direct.ready).toFixed(2)}, CPU of the API server ${(scoped.server / direct.server).toFixed(2)}, of both ${((scoped.server + scoped.proxy) / direct.server).toFixed(2)}`);
      }
    } finally {
      await proxy.stop();
    }
  },
};
