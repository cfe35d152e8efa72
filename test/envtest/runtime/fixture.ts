import { startCluster, type Cluster } from '../../../tools/cluster/cluster.ts';
import { CONFIG_MAP, DEPLOYMENT, HPA, LEASE, MUTATING_WEBHOOK, NAMESPACE, NETWORK_POLICY, PDB, ROLE, ROLE_BINDING, SECRET, SERVICE, SERVICE_ACCOUNT } from '../../../src/api/kinds.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import type { Plan, Step } from '../../../src/k8s/plan.ts';
import { EMPTY_PLAN } from '../../../src/k8s/plan.ts';
import { resourcePath, type ResourceType } from '../../../src/k8s/resource.ts';
import { CachePool } from '../../../src/runtime/cache-pool.ts';
import { Consistency } from '../../../src/runtime/consistency.ts';
import type { Source } from '../../../src/runtime/controller.ts';
import { Executor, type WriteContext } from '../../../src/runtime/execute.ts';
import { loadAccess } from '../../../src/runtime/kube-config.ts';
import { Limiter } from '../../../src/runtime/limiter.ts';
import { LiveObjects } from '../../../src/runtime/live-objects.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { createRest, type RequestSeen } from '../../../src/runtime/rest-client.ts';
import type { Rest } from '../../../src/runtime/rest.ts';
import { SYSTEM_TIME } from '../../../src/runtime/time-source.ts';
import { eventually } from '../../support/eventually.ts';

export const WIDGET: ResourceType = { group: 'runtime.test', version: 'v1', kind: 'Widget', plural: 'widgets', namespaced: true };
export const FINALIZER = 'runtime.test/finalizer';

/** A real API server without controllers, and a client of it that remembers its writes. */
export class Bench {
  readonly cluster: Cluster;
  readonly rest: Rest;
  /** Calls other than GET, with their status. */
  readonly writes: RequestSeen[] = [];

  private constructor(cluster: Cluster) {
    this.cluster = cluster;
    this.rest = this.newRest('runtime-test/1');
  }

  static async start(): Promise<Bench> {
    const bench = new Bench(await startCluster({ controllerManager: false, kubelet: false }));
    await bench.#createWidgetKind();
    return bench;
  }

  async stop(): Promise<void> {
    await this.rest.close();
    await this.cluster.stop();
  }

  newRest(userAgent: string): Rest {
    return createRest(loadAccess({ kubeconfig: this.cluster.kubeconfig }), {
      userAgent, onRequest: (seen) => (seen.method === 'GET' ? 0 : this.writes.push(seen)),
    });
  }

  async namespace(name: string): Promise<void> {
    await this.rest.call({ method: 'POST', path: resourcePath(NAMESPACE), body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } } });
  }

  create(type: ResourceType, object: KubeObject): Promise<KubeObject> {
    return this.rest.call<KubeObject>({ method: 'POST', path: resourcePath(type, { namespace: object.metadata.namespace }), body: object });
  }

  read(type: ResourceType, name: string, namespace?: string): Promise<KubeObject> {
    return this.rest.call<KubeObject>({ method: 'GET', path: resourcePath(type, { name, namespace }) });
  }

  /** A change by somebody else. */
  async meddle(type: ResourceType, at: { readonly name: string; readonly namespace?: string; readonly subresource?: string }, patch: object): Promise<KubeObject> {
    return this.rest.call<KubeObject>({
      method: 'PATCH', path: resourcePath(type, at), query: { fieldManager: 'somebody-else' }, body: patch, contentType: 'application/merge-patch+json',
    });
  }

  /** How many writes an act caused. */
  async writesOf(act: () => Promise<unknown>): Promise<number> {
    const before = this.writes.length;
    await act();
    return this.writes.length - before;
  }

  async #createWidgetKind(): Promise<void> {
    const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    await this.rest.call({
      method: 'POST', path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
      body: {
        apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'widgets.runtime.test' },
        spec: {
          group: 'runtime.test', scope: 'Namespaced', names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
          versions: [{ name: 'v1', served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: { type: 'object', properties: { spec: open, status: open } } } }],
        },
      },
    });
    await eventually('widgets are served', async () => {
      await this.rest.call({ method: 'GET', path: '/apis/runtime.test/v1/widgets' });
      return true;
    });
  }
}

const OURS = 'app.kubernetes.io/managed-by=runtime-test';
export const OUR_LABELS = { 'app.kubernetes.io/managed-by': 'runtime-test' };
const ours = (type: ResourceType): Source => ({ id: type.plural, type, labelSelector: OURS });

export const SOURCES: readonly Source[] = [
  ...[CONFIG_MAP, DEPLOYMENT, SERVICE, SERVICE_ACCOUNT, ROLE, ROLE_BINDING, NETWORK_POLICY, HPA, PDB, MUTATING_WEBHOOK].map(ours),
  { id: 'namespaces', type: NAMESPACE },
  { id: 'widgets', type: WIDGET },
  { ...ours(SECRET), metadataOnly: true },
];

export { LEASE };

/** Everything that carries out plans, as one process has it; a second one is what a restart looks like. */
export class Hands {
  readonly cache: CachePool;
  readonly context: WriteContext;
  readonly #abort = new AbortController();
  readonly #executor: Executor;

  constructor(bench: Bench, sources: readonly Source[] = SOURCES) {
    this.cache = new CachePool(bench.rest);
    for (const source of sources) this.cache.add(source);
    const live = new LiveObjects(this.cache);
    const consistency = new Consistency({ cache: this.cache, live, time: SYSTEM_TIME, wake: () => undefined });
    const metrics = createMetrics();
    metrics.close();
    this.context = { rest: bench.rest, live, consistency, limiter: new Limiter(16), metrics };
    const minter = (request: { readonly object: KubeObject }): Promise<KubeObject> => Promise.resolve({ ...request.object, stringData: { key: `minted-${Math.random()}` } });
    this.#executor = new Executor(this.context, { controller: 'test', minter, finalizer: FINALIZER });
  }

  async start(): Promise<this> {
    this.cache.start(this.#abort.signal);
    await this.cache.whenSynced(this.#abort.signal);
    return this;
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.cache.whenStopped();
  }

  /** Carries out a plan and waits until the caches show what it did. */
  async run(plan: Partial<Plan>): Promise<Awaited<ReturnType<Executor['run']>>> {
    const execution = await this.#executor.run({ ...EMPTY_PLAN, ...plan }, { waiter: 'test', signal: new AbortController().signal });
    await this.caughtUp();
    return execution;
  }

  /** Carries out steps as one stage each. */
  steps(...steps: readonly Step[]): ReturnType<Hands['run']> {
    return this.run({ stages: steps.map((step) => [step]) });
  }

  async caughtUp(): Promise<void> {
    await eventually('the caches caught up', () => this.context.consistency.waitMs('test') === 0);
  }
}
