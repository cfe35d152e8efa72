import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { iorController } from '../../src/controllers/ior/index.ts';
import * as sources from '../../src/controllers/sources.ts';
import { annotationOf, labelOf, type KubeObject } from '../../src/k8s/object.ts';
import { gateway, namespace, server, service, smcp, smmr, withMeta } from '../build/mesh-objects.ts';
import { WokenCluster } from '../support/woken-cluster.ts';

/*
 * IOR beside a model of what users expect: any number of changes, strangers' edits and kills, and after each the Routes are
 * exactly the model's.
 */

const NAMESPACES = ['pay', 'shop'] as const;
const HOSTS = ['a.org', 'b.org', '*', '*.c.org'] as const;
const MESH = 'mesh-a';

/** What a user expects. Hosts in use, each with its holder; `*` is everybody's own. */
class Model {
  isOn = true;
  hasService = true;
  readonly members = new Set<string>(NAMESPACES);
  readonly gateways = new Map<string, { readonly age: number; hosts: readonly string[] }>();
  /** `host` of the one holder, or `host gateway` for `*` → the Gateway. */
  readonly routes = new Map<string, string>();

  #isIn(gatewayName: string): boolean {
    return this.isOn && this.gateways.has(gatewayName) && this.members.has(gatewayName.split('/')[0] ?? '');
  }

  #keyOf(host: string, owner: string): string {
    return host === '*' ? `* ${owner}` : host;
  }

  /** Routes of who is no longer in go; without a Service the rest stays as it is; else free hosts go to the oldest who asks. */
  settle(): void {
    for (const [key, owner] of this.routes) {
      const isAsked = this.gateways.get(owner)?.hosts.some((host) => this.#keyOf(host, owner) === key) === true;
      const isEmpty = this.gateways.get(owner)?.hosts.length === 0;
      if (!this.#isIn(owner) || isEmpty || this.hasService && !isAsked) this.routes.delete(key);
    }
    if (!this.hasService) return;
    for (const [name, { hosts }] of [...this.gateways].toSorted(([, a], [, b]) => a.age - b.age)) {
      for (const host of this.#isIn(name) ? hosts : []) if (!this.routes.has(this.#keyOf(host, name))) this.routes.set(this.#keyOf(host, name), name);
    }
  }
}

const SERVICE = service(MESH, 'istio-ingressgateway', { istio: 'ingressgateway' });
const plane = (enabled: boolean): KubeObject => smcp(MESH, 'basic', { gateways: { openshiftRoute: { enabled } } });
const member = (name: string, isIn: boolean): KubeObject => namespace(name, isIn ? { 'maistra.io/member-of': MESH } : {});

class World {
  readonly woken = new WokenCluster([iorController()]);
  readonly model = new Model();
  #age = 0;

  constructor() {
    for (const object of [member(MESH, true), plane(true), smmr(MESH, NAMESPACES), SERVICE, ...NAMESPACES.map((name) => member(name, true))]) this.woken.put(object);
    this.woken.settle();
  }

  routes(): readonly KubeObject[] {
    return this.woken.cluster.list(sources.ROUTES);
  }

  setGateway(name: string, hosts: readonly string[]): void {
    const age = this.model.gateways.get(name)?.age ?? ++this.#age;
    this.model.gateways.set(name, { age, hosts });
    const [space = '', short = ''] = name.split('/');
    this.woken.put(withMeta(gateway(space, short, { servers: hosts.length === 0 ? [] : [server(hosts)] }), { creationTimestamp: `2030-01-01T00:${String(age).padStart(2, '0')}:00Z` }));
  }

  check(): void {
    this.woken.settle();
    this.model.settle();
    const found = this.routes().map((route) => {
      const owner = `${labelOf(route, 'maistra.io/gateway-namespace')}/${labelOf(route, 'maistra.io/gateway-name')}`;
      const host = annotationOf(route, 'maistra.io/original-host') ?? '';
      assert.deepEqual((route['spec'] as { to: unknown }).to, { kind: 'Service', name: 'istio-ingressgateway' }, 'an edit is taken back while there is a Service');
      return `${host === '*' ? `* ${owner}` : host} ${owner}`;
    });
    assert.deepEqual(found.toSorted(), [...this.model.routes].map(([host, owner]) => `${host} ${owner}`).toSorted());
  }
}

const someName = fc.tuple(fc.constantFrom(...NAMESPACES), fc.constantFrom('web', 'api')).map((parts) => parts.join('/'));
const act = <Value>(values: fc.Arbitrary<Value>, run: (world: World, value: Value) => void): fc.Arbitrary<(world: World) => void> => values.map((value) => (world: World) => { run(world, value); });

const ACTS = fc.oneof(
  { weight: 5, arbitrary: act(fc.tuple(someName, fc.subarray([...HOSTS])), (world, [name, hosts]) => { world.setGateway(name, hosts); }) },
  act(someName, ({ model, woken }, name) => {
    const [space = '', short = ''] = name.split('/');
    model.gateways.delete(name);
    woken.remove(gateway(space, short, {}));
  }),
  act(fc.tuple(fc.constantFrom(...NAMESPACES), fc.boolean()), ({ model, woken }, [name, isIn]) => {
    if (isIn) model.members.add(name); else model.members.delete(name);
    woken.put(member(name, isIn));
  }),
  act(fc.boolean(), ({ model, woken }, isOn) => {
    model.isOn = isOn;
    woken.put(plane(isOn));
  }),
  act(fc.boolean(), ({ model, woken }, isThere) => {
    model.hasService = isThere;
    if (isThere) woken.put(SERVICE); else woken.remove(SERVICE);
  }),
  // A stranger deletes a Route, or points it elsewhere.
  act(fc.tuple(fc.nat(), fc.boolean()), (world, [at, isDeleted]) => {
    const routes = world.routes();
    const route = routes[at % Math.max(routes.length, 1)];
    if (route === undefined || !world.model.hasService) return;
    if (!isDeleted) {
      world.woken.put({ ...route, spec: { ...(route['spec'] as object), to: { kind: 'Service', name: 'elsewhere' } } });
      return;
    }
    const host = annotationOf(route, 'maistra.io/original-host') ?? '';
    world.model.routes.delete(host === '*' ? `* ${labelOf(route, 'maistra.io/gateway-namespace')}/${labelOf(route, 'maistra.io/gateway-name')}` : host);
    world.woken.remove(route);
  }),
  // Killed with work to do, and started again.
  act(fc.constant(undefined), ({ woken }) => {
    woken.forget();
    woken.wakeAll();
  }),
);

test('after any change, edit or kill the Routes are exactly those of the model', () => {
  fc.assert(fc.property(fc.array(ACTS, { minLength: 1, maxLength: 25 }), (acts) => {
    const world = new World();
    for (const run of acts) {
      run(world);
      world.check();
    }
  }), { numRuns: 150 });
});

test('changes that come together end in one Route per host, whoever gets it, and rest there', () => {
  fc.assert(fc.property(fc.array(ACTS, { minLength: 2, maxLength: 25 }), (acts) => {
    const world = new World();
    for (const run of acts) run(world);
    world.woken.settle();
    const hosts = world.routes().map((route) => annotationOf(route, 'maistra.io/original-host') ?? '').filter((host) => host !== '*');
    if (world.model.hasService) assert.equal(new Set(hosts).size, hosts.length);
    const before = world.routes();
    world.woken.wakeAll();
    world.woken.settle();
    assert.deepEqual(world.routes(), before);
  }), { numRuns: 150 });
});
