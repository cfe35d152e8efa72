import assert from 'node:assert/strict';
import { ApiFailure, type ApiClient } from '../../../tools/cluster/api-client.ts';
import { pick, seededRandom } from '../../support/chance.ts';
import { startClientGo, type ClientGo } from './client-go.ts';
import type { Gate } from './gate.ts';
import { Informer } from './informer.ts';
import type { ProxyAddress, RunningProxy, ScopedFixture } from './scoped-fixture.ts';

/*
 * A world of one random history: two meshes, places that move between them, a stranger, two proxies, and informers behind those. Several run side by side on one API
 * server, so that one goes on while another waits for its clients to settle; each sees the restarts of the API server of all.
 */

const KINDS = {
  services: { selector: '', body: (n: number): object => ({ spec: { clusterIP: 'None', ports: [{ port: 80 + n }] } }) },
  secrets: { selector: `fieldSelector=${encodeURIComponent('type!=helm.sh/release.v1')}&`, body: (n: number): object => ({ stringData: { n: String(n) } }) },
  configmaps: { selector: '', body: (n: number): object => ({ data: { n: String(n) } }) },
} as const;
type Kind = keyof typeof KINDS;
const KIND_NAMES = Object.keys(KINDS) as readonly Kind[];
const SINGULAR: Readonly<Record<Kind, string>> = { services: 'Service', secrets: 'Secret', configmaps: 'ConfigMap' };
/** A second informer with an equal query in the same process: the proxy cannot tell the two apart. */
const TWINS: readonly Kind[] = ['services', 'configmaps'];

interface Item { readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion: string; readonly labels?: Readonly<Record<string, string>> } }
interface Watched { readonly mesh: string; readonly kind: Kind | 'namespaces'; readonly informer: Informer }

export interface WorldOptions {
  readonly name: string;
  readonly seed: number;
  readonly fixture: ScopedFixture;
  readonly gate: Gate;
  /** The one address of all clients; nothing of the world restarts what is there. Left out: two proxies of its own. */
  readonly address?: ProxyAddress;
}

export class World {
  readonly counts: Record<string, number> = {};
  /** What they took, waiting for the gate included. */
  readonly seconds: Record<string, number> = {};
  readonly meshes: readonly string[];
  readonly places: readonly string[];
  /** Never in a mesh. */
  readonly stranger: string;
  readonly informers: Watched[] = [];
  readonly #fixture: ScopedFixture;
  readonly #gate: Gate;
  readonly #name: string;
  readonly #random: () => number;
  readonly #address: ProxyAddress | undefined;
  readonly #proxies: RunningProxy[] = [];
  readonly #clients = new Map<string, ApiClient>();
  readonly #tokens: Record<string, string> = {};
  /** Which proxy each mesh's istiod is at. */
  readonly #seat: Record<string, number> = {};
  /** The real thing beside ours: informers of client-go, of the version that istiod has, at the first proxy. */
  #clientGo: ClientGo | undefined;
  #podToken = '';

  /** What happens, and how often out of a thousand; everything else is a write. */
  #happenings: readonly (readonly [number, string, () => Promise<void>])[] = [
    [60, 'move', () => this.#gate.pass(() => this.move(pick(this.places, this.#random), pick([...this.meshes, ''], this.#random) || undefined))],
    [40, 'cut', async () => { pick(this.informers, this.#random).informer.cut(); }],
    [10, 'seat', async () => { this.#changeSeat(); }],
    [4, 'restart of a proxy', () => this.#gate.pass(() => this.#restartProxy())],
    [0.5, 'restart of the API server', () => this.#gate.alone(() => this.#fixture.cluster.restartApiServer())],
    [1, 'compaction', () => this.#gate.pass(() => this.#fixture.cluster.compactEtcd())],
  ];

  constructor({ name, seed, fixture, gate, address }: WorldOptions) {
    this.#address = address;
    if (address !== undefined) this.#happenings = this.#happenings.filter(([, what]) => ['move', 'cut'].includes(what));
    this.#fixture = fixture;
    this.#gate = gate;
    this.#name = name;
    this.#random = seededRandom(seed);
    this.meshes = ['mesh-a', 'mesh-b'].map((mesh) => `${name}-${mesh}`);
    this.places = ['p0', 'p1', 'p2', 'p3', 'p4'].map((place) => `${name}-${place}`);
    this.stranger = `${name}-stranger`;
  }

  /** A number in [0, 1) of its history. */
  get random(): () => number {
    return this.#random;
  }

  get #clientGoMesh(): string {
    return this.meshes[0] ?? '';
  }

  async start(): Promise<void> {
    for (const mesh of this.meshes) {
      await this.#fixture.mesh(mesh);
      this.#tokens[mesh] = await this.#fixture.token(mesh);
    }
    for (const name of [...this.places, this.stranger]) await this.#fixture.namespace(name);
    if (this.#address === undefined) this.#proxies.push(await this.#fixture.proxy(), await this.#fixture.proxy());
    this.#podToken = await this.#fixture.podToken(this.#clientGoMesh, 'client-go');
    await this.#startClientGo(this.#podToken);
    for (const mesh of this.meshes) {
      for (const kind of [...KIND_NAMES, 'namespaces', ...TWINS] as const) {
        this.informers.push({ mesh, kind, informer: new Informer(`/api/v1/${kind}`, kind === 'namespaces' ? '' : KINDS[kind].selector, () => this.#clientOf(mesh)) });
      }
    }
  }

  /** What its clients took for an error. */
  errors(): readonly string[] {
    return [...this.informers.flatMap(({ informer }) => informer.errors), ...this.#clientGo?.complaints() ?? []];
  }

  async stop(): Promise<void> {
    await this.#clientGo?.stop();
    await Promise.all(this.informers.map(({ informer }) => informer.stop()));
  }

  async #startClientGo(token: string): Promise<void> {
    const first = this.#address ?? this.#proxies[0];
    assert.ok(first !== undefined);
    const kinds = ['/v1/namespaces', '/v1/nodes', ...KIND_NAMES.map((kind) => `/v1/${kind}${kind === 'secrets' ? '?type!=helm.sh/release.v1' : ''}`)];
    this.#clientGo = await startClientGo(this.#fixture.kubeconfig(first, token), kinds);
  }

  #clientOf(mesh: string): ApiClient {
    const proxy = this.#address ?? this.#proxies[this.#seat[mesh] ?? 0];
    assert.ok(proxy !== undefined);
    const known = this.#clients.get(`${mesh} ${proxy.url}`) ?? this.#fixture.through(proxy, this.#tokens[mesh] ?? '');
    this.#clients.set(`${mesh} ${proxy.url}`, known);
    return known;
  }

  /** One operation of the history. */
  async step(n: number): Promise<void> {
    let dice = this.#random() * 1000;
    for (const [often, what, happen] of this.#happenings) {
      if (dice < often) {
        this.counts[what] = (this.counts[what] ?? 0) + 1;
        const since = performance.now();
        await happen();
        this.seconds[what] = (this.seconds[what] ?? 0) + (performance.now() - since) / 1000;
        return;
      }
      dice -= often;
    }
    await this.#gate.pass(() => this.#write(n));
  }

  move(place: string, mesh: string | undefined): Promise<void> {
    return this.#fixture.member(place, mesh);
  }

  #changeSeat(): void {
    const mesh = pick(this.meshes, this.#random);
    this.#seat[mesh] = 1 - (this.#seat[mesh] ?? 0);
    for (const one of this.informers) if (one.mesh === mesh) one.informer.cut();
  }

  async #restartProxy(): Promise<void> {
    const at = this.#random() < 0.5 ? 0 : 1;
    const old = this.#proxies[at];
    assert.ok(old !== undefined);
    await old.api.close();
    this.#proxies[at] = await this.#fixture.proxy(old.api.port);
  }

  /** A write that does not fit the moment is no write. */
  async #attempt(what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
      this.counts[what] = (this.counts[what] ?? 0) + 1;
    } catch (error) {
      if (!(error instanceof ApiFailure) || ![404, 409].includes(error.status)) throw error;
    }
  }

  async #write(n: number): Promise<void> {
    const { admin } = this.#fixture;
    const kind = pick(KIND_NAMES, this.#random);
    const namespace = pick([...this.places, ...this.places, ...this.meshes, this.stranger], this.#random);
    const name = `o${Math.floor(this.#random() * 5)}`;
    const path = `/api/v1/namespaces/${namespace}/${kind}`;
    const verb = pick(['create', 'create', 'update', 'update', 'delete'], this.#random);
    const label = { metadata: { labels: { n: String(n) } } };
    if (verb === 'create') await this.#attempt('create', () => admin.call(path, { method: 'POST', body: { apiVersion: 'v1', kind: SINGULAR[kind], metadata: { name }, ...KINDS[kind].body(n % 1000) } }));
    else if (verb === 'update') await this.#attempt('update', () => admin.call(`${path}/${name}`, { method: 'PATCH', contentType: 'application/merge-patch+json', body: label }));
    else await this.#attempt('delete', () => admin.call(`${path}/${name}`, { method: 'DELETE' }));
  }

  /** Half of the times that client-go has not caught up soon it is started anew, as a pod of istiod is; the other times it is waited for. */
  async mayStartAnew(): Promise<void> {
    if (this.#address !== undefined || this.#random() < 0.5) return;
    this.counts['restart of client-go'] = (this.counts['restart of client-go'] ?? 0) + 1;
    await this.#clientGo?.stop();
    await this.#startClientGo(this.#podToken);
  }

  /** Where an informer's store is not the truth, a line each. */
  async differences(): Promise<readonly string[]> {
    const list = async (kind: string) => [kind, (await this.#fixture.admin.call<{ items: readonly Item[] }>(`/api/v1/${kind}`)).items] as const;
    const truth = Object.fromEntries(await this.#gate.pass(() => Promise.all(['namespaces', ...KIND_NAMES].map(list))));
    const real = await this.#clientGo?.stores() ?? {};
    const meshOf = new Map((truth['namespaces'] ?? []).map(({ metadata }) => [metadata.name, metadata.labels?.['maistra.io/member-of']]));
    const held = [
      ...this.informers.map(({ mesh, kind, informer }) => ({ who: 'ours', mesh, kind: kind as string, store: informer.store as ReadonlyMap<string, string> })),
      ...Object.entries(real).map(([kind, store]) => ({ who: 'client-go', mesh: this.#clientGoMesh, kind, store: new Map(Object.entries(store)) })),
    ];
    return held.flatMap(({ who, mesh, kind, store }) => {
      const wanted = new Map((truth[kind] ?? []).filter(({ metadata: { name, namespace = name } }) => namespace === mesh || meshOf.get(namespace) === mesh)
        .map(({ metadata: { name, namespace, resourceVersion } }) => [namespace === undefined ? name : `${namespace}/${name}`, resourceVersion]));
      const keys = new Set([...wanted.keys(), ...store.keys()]);
      return [...keys].filter((key) => wanted.get(key) !== store.get(key)).map((key) => `${this.#name} ${who}: ${mesh} ${kind} ${key}: ${store.get(key) ?? '-'} instead of ${wanted.get(key) ?? '-'}`);
    });
  }

  /** What an informer holds, or ever held, of namespaces that were never in its mesh. */
  leaks(): readonly string[] {
    return this.informers.flatMap(({ mesh, informer }) => {
      const mine = (key: string): boolean => [mesh, ...this.places].some((name) => key === name || key.startsWith(`${name}/`));
      return [...informer.everHeld].filter((key) => !mine(key));
    });
  }
}
