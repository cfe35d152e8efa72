import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as kinds from '../../../../src/api/kinds.ts';
import { OfflineCluster } from '../../../../src/cli/offline-cluster.ts';
import { controlPlaneController } from '../../../../src/controllers/control-plane/index.ts';
import { MANAGED_SOURCES, observeControlPlane } from '../../../../src/controllers/control-plane/observe.ts';
import { CONTROL_PLANE_WATCHES } from '../../../../src/controllers/control-plane/watches.ts';
import * as sources from '../../../../src/controllers/sources.ts';
import { objectOf, type ResourceType } from '../../../../src/k8s/resource.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { renderMesh } from '../../../../src/domain/control-plane/render.ts';
import { CHARTS, MESH, NAME, objectsOf, OPENSHIFT, OPERATOR_FACTS, PLAIN, ROOT, valuesInput } from '../../../build/control-plane.ts';
import { namespace, smcp } from '../../../build/mesh-objects.ts';

const KEY = `${MESH}/${NAME}`;
const LABELS = { 'app.kubernetes.io/managed-by': 'maistra-istio-operator', 'maistra.io/owner': MESH, 'maistra.io/owner-name': NAME };
const observe = (cluster: OfflineCluster) => observeControlPlane(KEY, cluster, OPERATOR_FACTS);

function clusterWith(...objects: readonly (readonly [ResourceType, KubeObject])[]): OfflineCluster {
  const cluster = new OfflineCluster([]);
  for (const [type, object] of objects) cluster.put(type, object);
  return cluster;
}

const config = (name: string, labels: Readonly<Record<string, string>>): readonly [ResourceType, KubeObject] =>
  [kinds.CONFIG_MAP, objectOf(kinds.CONFIG_MAP, { name, namespace: MESH, labels })];

/** Keys that the watches wake for an object of a source. */
function wakes(source: { readonly id: string }, object: KubeObject, cluster: OfflineCluster): string[] {
  return CONTROL_PLANE_WATCHES.filter((watch) => watch.source.id === source.id).flatMap((watch) => watch.toKeys(object, cluster)).toSorted();
}

test('an SMCP that is gone and has left nothing is not observed', () => {
  assert.equal(observe(clusterWith()), undefined);
  assert.equal(observe(clusterWith(config('x', { ...LABELS, 'maistra.io/owner-name': 'other' }))), undefined);
});

test('an SMCP that is gone is observed while something of it is left', () => {
  const observed = observe(clusterWith(config('x', LABELS)));
  assert.deepEqual([observed?.smcp, observed?.managed.map(({ metadata }) => metadata.name)], [undefined, ['x']]);
});

test('objects of other meshes, of other SMCPs and of other managers are not of this one', () => {
  const cluster = clusterWith([kinds.CONTROL_PLANE, smcp(MESH, NAME)], config('mine', LABELS), config('sibling', { ...LABELS, 'maistra.io/owner-name': 'z' }),
    config('foreign', { ...LABELS, 'app.kubernetes.io/managed-by': 'somebody' }), config('other', { ...LABELS, 'maistra.io/owner': 'elsewhere' }));
  assert.deepEqual(observe(cluster)?.managed.map(({ metadata }) => metadata.name), ['mine']);
});

test('members are the labelled namespaces without the own one, sorted', () => {
  const label = { 'maistra.io/member-of': MESH };
  const cluster = clusterWith([kinds.CONTROL_PLANE, smcp(MESH, NAME)], ...['z', 'a', MESH].map((name) => [kinds.NAMESPACE, namespace(name, label)] as const), [kinds.NAMESPACE, namespace('free')]);
  assert.deepEqual(observe(cluster)?.members, ['a', 'z']);
});

test('siblings are the other SMCPs of the namespace', () => {
  const cluster = clusterWith([kinds.CONTROL_PLANE, smcp(MESH, NAME)], [kinds.CONTROL_PLANE, smcp(MESH, 'z')], [kinds.CONTROL_PLANE, smcp('elsewhere', 'y')]);
  assert.deepEqual(observe(cluster)?.siblings.map(({ metadata }) => metadata.name), ['z']);
});

test('what the cluster serves is read in the moment of the pass', () => {
  const facts = (...unserved: ResourceType[]) => {
    const cluster = new OfflineCluster(unserved);
    cluster.put(kinds.CONTROL_PLANE, smcp(MESH, NAME));
    const { servesRoutes, servesKiali, servesIstio } = observe(cluster)?.facts ?? {};
    return [servesRoutes, servesKiali, servesIstio];
  };
  assert.deepEqual(facts(), [true, true, true]);
  assert.deepEqual(facts(kinds.ROUTE, kinds.KIALI), [false, false, true]);
  assert.deepEqual(facts(kinds.TELEMETRY), [true, true, false]);
});

test('every kind that is rendered is cached, or its drift would go unseen', () => {
  const cached = new Set(MANAGED_SOURCES.map(({ type }) => type));
  for (const facts of [OPENSHIFT, PLAIN, { ...OPENSHIFT, servesKiali: true }]) {
    const objects = objectsOf(renderMesh(valuesInput({ runtime: { components: { pilot: { deployment: { replicas: 2, autoScaling: { enabled: true } } } } } }, { facts, rootCertificate: ROOT }), CHARTS));
    assert.deepEqual([...new Set(objects.map(({ type }) => type))].filter((type) => !cached.has(type)), []);
  }
});

test('every cache that is read is watched', () => {
  const watched = new Set(CONTROL_PLANE_WATCHES.map(({ source }) => source.id));
  for (const source of [...MANAGED_SOURCES, sources.CONTROL_PLANES, sources.NAMESPACES, sources.ROOT_CERTS, sources.KIALIS]) assert.ok(watched.has(source.id), source.id);
});

test('an owned object wakes its owner, also one that is gone; a Route of a user wakes nobody', () => {
  const cluster = clusterWith();
  assert.deepEqual(wakes(sources.MANAGED_CONFIG_MAPS, config('x', LABELS)[1], cluster), [KEY]);
  assert.deepEqual(wakes(sources.ROUTES, objectOf(kinds.ROUTE, { name: 'r', namespace: 'shop' }), cluster), []);
});

test('an SMCP wakes its siblings: one that goes makes room', () => {
  const cluster = clusterWith([kinds.CONTROL_PLANE, smcp(MESH, NAME)], [kinds.CONTROL_PLANE, smcp(MESH, 'z')]);
  assert.deepEqual(wakes(sources.CONTROL_PLANES, smcp(MESH, 'gone'), cluster), [KEY, `${MESH}/gone`, `${MESH}/z`]);
});

test('a namespace wakes the mesh it is in and the mesh it is the home of', () => {
  const cluster = clusterWith([kinds.CONTROL_PLANE, smcp(MESH, NAME)]);
  assert.deepEqual(wakes(sources.NAMESPACES, namespace('shop', { 'maistra.io/member-of': MESH }), cluster), [KEY]);
  assert.deepEqual(wakes(sources.NAMESPACES, namespace(MESH), cluster), [KEY]);
  assert.deepEqual(wakes(sources.NAMESPACES, namespace('free'), cluster), []);
});

test('only changes of membership of a namespace, and of the text of a root, are news', () => {
  const watch = (id: string) => CONTROL_PLANE_WATCHES.find(({ source }) => source.id === id);
  const before = namespace('shop', { 'maistra.io/member-of': MESH });
  assert.equal(watch('namespaces')?.isRelevant?.(before, namespace('shop', { 'maistra.io/member-of': MESH, team: 'x' })), false);
  assert.equal(watch('namespaces')?.isRelevant?.(before, namespace('shop')), true);
  const root = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio-ca-root-cert', namespace: MESH }, data: { 'root-cert.pem': 'a' } };
  assert.equal(watch('root-certs')?.isRelevant?.(root, { ...root, metadata: { ...root.metadata, resourceVersion: '2' } }), false);
  assert.equal(watch('root-certs')?.isRelevant?.(root, { ...root, data: { 'root-cert.pem': 'b' } }), true);
});

test('our own status writes do not wake us', () => {
  const isRelevant = CONTROL_PLANE_WATCHES.find(({ source }) => source.id === 'control-planes')?.isRelevant;
  const object = smcp(MESH, NAME);
  assert.equal(isRelevant?.(object, { ...object, status: { observedGeneration: 2 } }), false);
  assert.equal(isRelevant?.(object, { ...object, spec: { version: 'v1.31' } }), true);
});

test('the great law: a plan carried out, observed and planned again changes nothing, and so does the status', () => {
  const cluster = new OfflineCluster([kinds.KIALI]);
  cluster.put(kinds.NAMESPACE, namespace(MESH));
  cluster.put(kinds.CONTROL_PLANE, { ...smcp(MESH, NAME), status: {} });
  const controller = controlPlaneController({ facts: OPERATOR_FACTS, charts: CHARTS });
  const pass = (): number => {
    const observed = controller.observe(KEY, cluster);
    assert.ok(observed);
    const plan = controller.plan(observed, new Date(0));
    const written = plan.stages.flat().filter((step) => cluster.carryOut(step)).length;
    const outcome = { written, skipped: 0, failures: [], complete: true };
    return written + controller.status(observed, plan, outcome, new Date(0)).filter(({ type, object, status }) => cluster.putStatus(type, object, status)).length;
  };
  const passes = Array.from({ length: 8 }, pass);
  assert.ok((passes[0] ?? 0) > 10);
  assert.deepEqual(passes.slice(-2), [0, 0], `passes wrote ${passes.join(', ')}`);
});
