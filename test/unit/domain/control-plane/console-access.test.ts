import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClusterFacts } from '../../../../src/domain/control-plane/facts.ts';
import { valueAt } from '../../../../src/lib/json.ts';
import { MESH, objectsOf, OPENSHIFT, PLAIN, CHARTS, valuesInput } from '../../../build/control-plane.ts';
import { renderMesh } from '../../../../src/domain/control-plane/render.ts';
import { isAllowed, type NetPod } from '../../../support/network-policy-evaluator.ts';

/* Who reaches the consoles of a mesh, by the NetworkPolicies that we render and the ports that its pods have. */

const SOURCES = { stranger: { namespace: 'stranger' }, router: { namespace: 'router' }, member: { namespace: 'shop' }, mesh: { namespace: MESH } };
const NAMESPACES = { [MESH]: { 'maistra.io/member-of': MESH }, shop: { 'maistra.io/member-of': MESH }, stranger: {}, router: { 'network.openshift.io/policy-group': 'ingress' } };
const CONSOLES = ['prometheus', 'grafana', 'kiali', 'jaeger'];

interface Port { readonly name: string; readonly containerPort: number }

function podsOf(facts: ClusterFacts): ReadonlyMap<string, NetPod> {
  const deployments = objectsOf(renderMesh(valuesInput({}, { facts, members: ['shop'] }), CHARTS)).map(({ object }) => object).filter(({ kind, metadata }) => kind === 'Deployment' && CONSOLES.includes(metadata.name));
  return new Map(deployments.map((deployment) => {
    const containers = valueAt(deployment, 'spec', 'template', 'spec', 'containers') as readonly { readonly ports?: readonly Port[] }[];
    const ports = containers.flatMap((container) => container.ports ?? []).map(({ name, containerPort }) => ({ name, port: containerPort }));
    return [deployment.metadata.name, { namespace: MESH, labels: valueAt(deployment, 'spec', 'template', 'metadata', 'labels') as Readonly<Record<string, string>>, ports }];
  }));
}

/** Ports of a console that a source reaches, of those that its pod has. */
function reached(facts: ClusterFacts, console: string, from: keyof typeof SOURCES): readonly string[] {
  const policies = objectsOf(renderMesh(valuesInput({}, { facts, members: ['shop'] }), CHARTS)).map(({ object }) => object).filter(({ kind }) => kind === 'NetworkPolicy');
  const pod = podsOf(facts).get(console);
  assert.ok(pod !== undefined, console);
  return (pod.ports ?? []).filter(({ port }) => isAllowed({ policies, namespaces: NAMESPACES }, { from: SOURCES[from], to: pod, port })).map(({ name }) => name);
}

test('on plain Kubernetes nobody from outside of the mesh reaches a console', () => {
  for (const console of CONSOLES) {
    assert.deepEqual([reached(PLAIN, console, 'stranger'), reached(PLAIN, console, 'router')], [[], []], console);
    assert.ok(reached(PLAIN, console, 'member').length > 0 && reached(PLAIN, console, 'mesh').length > 0, console);
  }
});

test('on OpenShift the outside reaches the port that asks for a login, and no other', () => {
  for (const console of CONSOLES) for (const from of ['stranger', 'router'] as const) assert.deepEqual(reached(OPENSHIFT, console, from), ['oauth-proxy'], `${console} from ${from}`);
});

test('members may send spans to Jaeger, on either kind of cluster; a stranger may not', () => {
  for (const facts of [PLAIN, OPENSHIFT]) {
    for (const port of ['grpc-otlp', 'http-otlp', 'http-zipkin']) assert.ok(reached(facts, 'jaeger', 'member').includes(port), port);
    assert.ok(!reached(facts, 'jaeger', 'stranger').some((port) => port.startsWith('grpc') || port.startsWith('http')));
  }
});

test('consoles are Services inside of the cluster, never node ports or load balancers', () => {
  for (const facts of [PLAIN, OPENSHIFT]) {
    const services = objectsOf(renderMesh(valuesInput({}, { facts }), CHARTS)).map(({ object }) => object).filter(({ kind, metadata }) => kind === 'Service' && CONSOLES.some((name) => metadata.name.startsWith(name)));
    assert.deepEqual([...new Set(services.map((service) => valueAt(service, 'spec', 'type')))], ['ClusterIP']);
    assert.equal(services.length, 5);
  }
});
