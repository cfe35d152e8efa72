import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import { ApiFailure, type ApiClient } from './api-client.ts';
import { followCollection } from './list-watch.ts';
import type { Nodes } from './node-provider.ts';
import { OPENSHIFT_OBJECTS } from './openshift-objects.ts';
import { startServiceCa } from './service-ca-stand-in.ts';
import { admitRoutes, generatedHost, routeStatus, type Route, type Verdict } from './route-admission.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const MERGE = 'application/merge-patch+json';
const ESTABLISH_TIMEOUT_MS = 30_000;

interface Crd {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Server-side apply, so that a second start in the same folder finds its own objects. */
async function apply(client: ApiClient, collection: string, manifest: { readonly metadata: { readonly name: string } }): Promise<void> {
  const path = `${collection}/${manifest.metadata.name}?fieldManager=stand-in&force=true`;
  await client.call(path, { method: 'PATCH', contentType: 'application/apply-patch+yaml', body: manifest });
}

async function readManifests(file: string): Promise<readonly Crd[]> {
  return parseAllDocuments(await readFile(file, 'utf8')).map((document) => document.toJS() as Crd | null).filter((crd) => crd !== null);
}

async function isEstablished(client: ApiClient, name: string): Promise<boolean> {
  const crd = await client.call<Crd>(`${CRDS}/${name}`);
  return crd.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') ?? false;
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; !await isTrue(); waited += 50) {
    if (waited > ESTABLISH_TIMEOUT_MS) throw new Error('the CRDs of OpenShift were not established in time');
    await sleep(50);
  }
}

/** A kind is served a moment after its CRD says so: the first write may still find nothing there. */
async function applyWhenServed(client: ApiClient, collection: string, manifest: Crd): Promise<void> {
  await until(() => apply(client, collection, manifest).then(() => true, (thrown: unknown) => {
    if (thrown instanceof ApiFailure && thrown.status === 404) return false;
    throw thrown;
  }));
}

function now(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

/** Keeps hosts and status of all routes as OpenShift would; one pass at a time over all of them. */
class RouteKeeper {
  readonly #client: ApiClient;
  readonly #stopped = new AbortController();
  readonly #routes = new Map<string, Route>();
  #follower: Promise<void> | undefined;
  #isBusy = false;
  #isDirty = false;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  start(): void {
    this.#follower = followCollection<Route>(this.#client, '/apis/route.openshift.io/v1/routes', {
      onList: (routes) => {
        this.#routes.clear();
        for (const route of routes) this.#routes.set(route.metadata.uid, route);
        this.#wake();
      },
      onChange: (route, isGone) => {
        if (isGone) this.#routes.delete(route.metadata.uid);
        else this.#routes.set(route.metadata.uid, route);
        this.#wake();
      },
    }, this.#stopped.signal);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#follower;
  }

  #wake(): void {
    this.#isDirty = true;
    if (!this.#isBusy) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    while (this.#isDirty && !this.#stopped.signal.aborted) {
      this.#isDirty = false;
      await this.#pass().catch(async (thrown: unknown) => {
        // A conflict or a deletion comes back as an event; anything else is tried again.
        if (thrown instanceof ApiFailure && [404, 409].includes(thrown.status)) return;
        await sleep(500, undefined, { ref: false });
        this.#isDirty = true;
      });
    }
    this.#isBusy = false;
  }

  async #pass(): Promise<void> {
    const routes = [...this.#routes.values()].filter((route) => route.metadata.deletionTimestamp === undefined);
    const verdicts = admitRoutes(routes);
    await Promise.all(routes.map((route) => this.#keep(route, verdicts.get(route.metadata.uid))));
  }

  async #keep(route: Route, verdict: Verdict | undefined): Promise<void> {
    const host = generatedHost(route);
    if (host !== undefined) await this.#fillHost(route, host);
    const status = host !== undefined || verdict === undefined ? undefined : routeStatus(route, verdict, now());
    if (status !== undefined) await this.#patch(`${this.#path(route)}/status`, route, { status });
  }

  #fillHost(route: Route, host: string): Promise<unknown> {
    const annotations = { 'openshift.io/host.generated': 'true' };
    return this.#patch(`${this.#path(route)}?fieldManager=openshift-apiserver`, route, { metadata: { annotations }, spec: { host } });
  }

  /** Guarded by the resourceVersion seen: a verdict on an old route must not land on a newer one. */
  #patch(path: string, route: Route, { metadata = {}, ...rest }: { metadata?: object; spec?: object; status?: object }): Promise<unknown> {
    const { uid, resourceVersion } = route.metadata;
    return this.#client.call(path, { method: 'PATCH', contentType: MERGE, body: { metadata: { ...metadata, uid, resourceVersion }, ...rest } });
  }

  #path(route: Route): string {
    return `/apis/route.openshift.io/v1/namespaces/${route.metadata.namespace}/routes/${route.metadata.name}`;
  }
}

/**
 * Makes a plain Kubernetes look like OpenShift to a mesh operator: CRDs and objects of openshift-objects.ts, and a part that plays API
 * server and default router for Routes, and one that plays service-ca. Unlike the real one it fills an empty host shortly after the creation, not within it.
 * @param manifests files with CRDs
 */
export async function startOpenShift(client: ApiClient, manifests: readonly string[]): Promise<Nodes> {
  const crds = (await Promise.all(manifests.map(readManifests))).flat();
  await Promise.all(crds.map((crd) => apply(client, CRDS, crd)));
  await Promise.all(crds.map((crd) => until(() => isEstablished(client, crd.metadata.name))));
  for (const { collection, manifest } of OPENSHIFT_OBJECTS) await applyWhenServed(client, collection, manifest);
  const keeper = new RouteKeeper(client);
  keeper.start();
  const serviceCa = startServiceCa(client);
  return { stop: async () => { await Promise.all([keeper.stop(), serviceCa.stop()]); } };
}
