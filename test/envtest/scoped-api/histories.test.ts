import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ApiFailure, type ApiClient } from '../../../tools/cluster/api-client.ts';
import { chooseSeed, pick, seededRandom } from '../../support/chance.ts';
import { eventually } from '../../support/eventually.ts';
import { startClientGo, type ClientGo } from './client-go.ts';
import { Informer } from './informer.ts';
import { startScopedFixture, type RunningProxy, type ScopedFixture } from './scoped-fixture.ts';

/*
 * Random histories: objects come, change and go, namespaces join, leave and change meshes, connections break, clients change between two proxies,
 * proxies and the API server are restarted. Again and again all is left to settle, and the stores of the informers behind the proxies must equal the truth.
 * `TMESH_SCOPED_OPERATIONS=10000` for a long run, `TMESH_SCOPED_SEED` to play one again.
 */

const OPERATIONS = Number(process.env['TMESH_SCOPED_OPERATIONS'] ?? 400);
const SEED = chooseSeed('TMESH_SCOPED_SEED');
const SETTLE_EVERY = 50;
/** After several restarts in a row client-go waits up to a minute before it asks again (Reflector, 30 s with jitter). */
const SETTLE_LIMIT_S = 90;
const MESHES = ['mesh-a', 'mesh-b'] as const;
const PLACES = ['p0', 'p1', 'p2', 'p3', 'p4'];
/** Never in a mesh. */
const STRANGER = 'stranger';
const KINDS = {
  services: { selector: '', body: (n: number): object => ({ spec: { clusterIP: 'None', ports: [{ port: 80 + n }] } }) },
  secrets: { selector: `fieldSelector=${encodeURIComponent('type!=helm.sh/release.v1')}&`, body: (n: number): object => ({ stringData: { n: String(n) } }) },
  configmaps: { selector: '', body: (n: number): object => ({ data: { n: String(n) } }) },
} as const;
type Kind = keyof typeof KINDS;
const KIND_NAMES = Object.keys(KINDS) as readonly Kind[];
const SINGULAR: Readonly<Record<Kind, string>> = { services: 'Service', secrets: 'Secret', configmaps: 'ConfigMap' };

interface Item { readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion: string; readonly labels?: Readonly<Record<string, string>> } }

let fixture: ScopedFixture;
const proxies: RunningProxy[] = [];
const random = seededRandom(SEED);
const informers: { readonly mesh: string; readonly kind: Kind | 'namespaces'; readonly informer: Informer }[] = [];
/** The real thing beside ours: informers of client-go, of the version that istiod has, at the first proxy. */
let clientGo: ClientGo;
const CLIENT_GO_MESH = 'mesh-a';
/** Which proxy each mesh's istiod is at. */
const seat: Record<string, number> = { 'mesh-a': 0, 'mesh-b': 1 };
const clients = new Map<string, ApiClient>();
const tokens: Record<string, string> = {};

function clientOf(mesh: string): ApiClient {
  const proxy = proxies[seat[mesh] ?? 0];
  assert.ok(proxy !== undefined);
  const known = clients.get(`${mesh} ${proxy.url}`) ?? fixture.through(proxy, tokens[mesh] ?? '');
  clients.set(`${mesh} ${proxy.url}`, known);
  return known;
}

before(async () => {
  fixture = await startScopedFixture();
  for (const mesh of MESHES) {
    await fixture.mesh(mesh);
    tokens[mesh] = await fixture.token(mesh);
  }
  for (const name of [...PLACES, STRANGER]) await fixture.namespace(name);
  proxies.push(await fixture.proxy(), await fixture.proxy());
  const [first] = proxies;
  assert.ok(first !== undefined);
  clientGo = await startClientGo(fixture.kubeconfig(first, await fixture.podToken(CLIENT_GO_MESH, 'client-go')), ['/v1/namespaces', ...KIND_NAMES.map((kind) => `/v1/${kind}${kind === 'secrets' ? '?type!=helm.sh/release.v1' : ''}`)]);
  for (const mesh of MESHES) {
    for (const kind of [...KIND_NAMES, 'namespaces'] as const) {
      informers.push({ mesh, kind, informer: new Informer(`/api/v1/${kind}`, kind === 'namespaces' ? '' : KINDS[kind].selector, () => clientOf(mesh)) });
    }
  }
});
after(async () => {
  await clientGo.stop();
  await Promise.all(informers.map(({ informer }) => informer.stop()));
  await fixture.stop();
});

const counts: Record<string, number> = {};

/** A write that does not fit the moment is no write. */
async function attempt(what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
    counts[what] = (counts[what] ?? 0) + 1;
  } catch (error) {
    if (!(error instanceof ApiFailure) || ![404, 409].includes(error.status)) throw error;
  }
}

async function write(n: number): Promise<void> {
  const kind = pick(KIND_NAMES, random);
  const namespace = pick([...PLACES, ...PLACES, ...MESHES, STRANGER], random);
  const name = `o${Math.floor(random() * 5)}`;
  const path = `/api/v1/namespaces/${namespace}/${kind}`;
  const verb = pick(['create', 'create', 'update', 'update', 'delete'], random);
  const label = { metadata: { labels: { n: String(n) } } };
  if (verb === 'create') await attempt('create', () => fixture.admin.call(path, { method: 'POST', body: { apiVersion: 'v1', kind: SINGULAR[kind], metadata: { name }, ...KINDS[kind].body(n % 1000) } }));
  else if (verb === 'update') await attempt('update', () => fixture.admin.call(`${path}/${name}`, { method: 'PATCH', contentType: 'application/merge-patch+json', body: label }));
  else await attempt('delete', () => fixture.admin.call(`${path}/${name}`, { method: 'DELETE' }));
}

async function restartProxy(): Promise<void> {
  const at = random() < 0.5 ? 0 : 1;
  const old = proxies[at];
  assert.ok(old !== undefined);
  await old.api.close();
  proxies[at] = await fixture.proxy(old.api.port);
}

/** What happens, and how often out of a thousand; everything else is a write. */
const HAPPENINGS: readonly (readonly [number, string, () => Promise<void>])[] = [
  [60, 'move', async () => { await fixture.member(pick(PLACES, random), pick([...MESHES, ''], random) || undefined); }],
  [40, 'cut', async () => { pick(informers, random).informer.cut(); }],
  [10, 'seat', async () => {
    const mesh = pick(MESHES, random);
    seat[mesh] = 1 - (seat[mesh] ?? 0);
    for (const one of informers) if (one.mesh === mesh) one.informer.cut();
  }],
  [4, 'restart of a proxy', restartProxy],
  [1, 'restart of the API server', async () => { await fixture.cluster.restartApiServer(); }],
];

async function step(n: number): Promise<void> {
  let dice = random() * 1000;
  for (const [often, what, happen] of HAPPENINGS) {
    if (dice < often) {
      counts[what] = (counts[what] ?? 0) + 1;
      await happen();
      return;
    }
    dice -= often;
  }
  await write(n);
}

async function listOf(kind: string): Promise<readonly Item[]> {
  return (await fixture.admin.call<{ items: readonly Item[] }>(`/api/v1/${kind}`)).items;
}

async function differences(): Promise<readonly string[]> {
  const truth = Object.fromEntries(await Promise.all(['namespaces', ...KIND_NAMES].map(async (kind) => [kind, await listOf(kind)] as const)));
  const real = await clientGo.stores();
  const meshOf = new Map((truth['namespaces'] ?? []).map(({ metadata }) => [metadata.name, metadata.labels?.['maistra.io/member-of']]));
  const held = [
    ...informers.map(({ mesh, kind, informer }) => ({ who: 'ours', mesh, kind, store: informer.store as ReadonlyMap<string, string> })),
    ...Object.entries(real).map(([kind, store]) => ({ who: 'client-go', mesh: CLIENT_GO_MESH as string, kind, store: new Map(Object.entries(store)) })),
  ];
  return held.flatMap(({ who, mesh, kind, store }) => {
    const wanted = new Map((truth[kind] ?? []).filter(({ metadata: { name, namespace = name } }) => namespace === mesh || meshOf.get(namespace) === mesh)
      .map(({ metadata: { name, namespace, resourceVersion } }) => [namespace === undefined ? name : `${namespace}/${name}`, resourceVersion]));
    const keys = new Set([...wanted.keys(), ...store.keys()]);
    return [...keys].filter((key) => wanted.get(key) !== store.get(key)).map((key) => `${who}: ${mesh} ${kind} ${key}: ${store.get(key) ?? '-'} instead of ${wanted.get(key) ?? '-'}`);
  });
}

async function settled(what: string): Promise<number> {
  const since = performance.now();
  let last: readonly string[] = [];
  await eventually(`${what} (seed ${SEED}): the informers behind the proxies hold what is there`, async () => {
    last = await differences();
    return last.length === 0;
  }, SETTLE_LIMIT_S).catch((error: unknown) => { throw new Error(`${String(error)}\n${last.join('\n')}`); });
  return performance.now() - since;
}

test(`${OPERATIONS} operations: the stores behind the proxies equal the truth`, async (t) => {
  let slowest = await settled('start');
  for (let n = 1; n <= OPERATIONS; n += 1) {
    await step(n);
    if (n % SETTLE_EVERY === 0) slowest = Math.max(slowest, await settled(`operation ${n}`));
  }
  await settled('end');
  const sums = { lists: informers.reduce((sum, { informer }) => sum + informer.lists, 0), resumes: informers.reduce((sum, { informer }) => sum + informer.resumes, 0) };
  t.diagnostic(JSON.stringify({ seed: SEED, ...counts, ...sums, slowestMs: Math.round(slowest) }));
  assert.ok(sums.resumes > 0);
});

test('nothing of a namespace that was never in the mesh was ever shown', () => {
  for (const { mesh, informer } of informers) {
    const other = MESHES.find((name) => name !== mesh) ?? '';
    assert.deepEqual([...informer.everHeld].filter((key) => key.startsWith(STRANGER) || key === other || key.startsWith(`${other}/`)), []);
  }
});

test('a namespace that joins is in running watches within two seconds, without a new list, and out of them when it leaves', async (t) => {
  const place = 'p0';
  await fixture.member(place, undefined);
  await settled('before');
  await fixture.apply({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'late', namespace: place }, spec: { ports: [{ port: 80 }] } });
  const [services] = informers.filter(({ mesh, kind }) => mesh === 'mesh-a' && kind === 'services');
  const lists = services?.informer.lists;
  const since = performance.now();
  await fixture.member(place, 'mesh-a');
  const joined = await settled('joined');
  await fixture.member(place, undefined);
  const left = await settled('left');
  t.diagnostic(`joined ${Math.round(joined)} ms, left ${Math.round(left)} ms, in all ${Math.round(performance.now() - since)} ms`);
  assert.ok(joined < 2000 && left < 2000, `${joined} ms, ${left} ms`);
  assert.equal(services?.informer.lists, lists);
});
