import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseTarget, selectorOf, type TargetWish } from '../../../../src/domain/ior/target.ts';
import type { RouteHost } from '../../../../src/domain/ior/hosts.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { pod, service } from '../../../build/mesh-objects.ts';

const selector = { istio: 'ingressgateway' };
const hostsOf = (...protocols: readonly string[]): readonly RouteHost[] => protocols.map((protocol) => ({
  host: `${protocol}.example`.toLowerCase(), originals: [], isTls: protocol === 'HTTPS', isRedirected: false, numbers: [],
}));
const wish: TargetWish = { selector, hosts: hostsOf('HTTP'), home: ['mesh-a'] };
const labels = { app: 'istio-ingressgateway', istio: 'ingressgateway' };
const gatewayPod = pod('mesh-a', 'gw-1', labels);

const chosen = (services: readonly KubeObject[], pods: readonly KubeObject[] = [gatewayPod], over: Partial<TargetWish> = {}): string | undefined =>
  chooseTarget(services, pods, { ...wish, ...over })?.metadata.name;

test('the Service whose selector matches a pod that the Gateway selects is the target', () => {
  assert.equal(chosen([service('mesh-a', 'other', { app: 'other' }), service('mesh-a', 'gw', { app: 'istio-ingressgateway' })]), 'gw');
});

test('a Service finds pods of its own namespace only', () => {
  assert.equal(chosen([service('pay', 'gw', { app: 'istio-ingressgateway' })]), undefined);
});

test('before there are pods, a Service whose selector contains the Gateway\'s is the target', () => {
  assert.equal(chosen([service('mesh-a', 'gw', labels)], []), 'gw');
  assert.equal(chosen([service('mesh-a', 'gw', { app: 'istio-ingressgateway' })], []), undefined, 'its pods need not match');
});

test('a Service without a selector is never the target, though an empty selector matches everything elsewhere (OSSM-6615)', () => {
  assert.equal(chosen([service('mesh-a', 'external', undefined), service('mesh-a', 'headless', {})]), undefined);
  assert.deepEqual(selectorOf({ ...gatewayPod, spec: { selector: { a: 1 } } }), {});
});

test('a Gateway without a selector has no target', () => {
  assert.equal(chosen([service('mesh-a', 'gw', labels)], [gatewayPod], { selector: {} }), undefined);
});

test('first of all the needed ports decide', () => {
  const services = [service('mesh-a', 'old', labels, { ports: ['http2'], meta: { creationTimestamp: '2020-01-01T00:00:00Z', labels } }), service('pay', 'new', labels)];
  assert.equal(chosen(services, [gatewayPod], { hosts: hostsOf('HTTPS') }), 'new');
  assert.equal(chosen(services.slice(0, 1), [], { hosts: hostsOf('HTTP', 'HTTPS') }), 'old', 'when none has all of them, the other ranks decide');
});

test("then home: a stranger's pods do not catch traffic by carrying the gateway's labels", () => {
  const services = [service('pay', 'trap', labels, { meta: { labels, creationTimestamp: '2020-01-01T00:00:00Z' } }), service('mesh-a', 'gw', labels)];
  assert.equal(chosen(services, [gatewayPod, pod('pay', 'trap-1', labels)]), 'gw');
  assert.equal(chosen(services.slice(0, 1), [pod('pay', 'trap-1', labels)]), 'trap', 'but a gateway may run in a member');
});

test('then the ingress label, then age, then name', () => {
  const aged = (name: string, creationTimestamp: string, own: Readonly<Record<string, string>> = {}): KubeObject => service('mesh-a', name, labels, { meta: { creationTimestamp, labels: own } });
  assert.equal(chosen([aged('old', '2020-01-01T00:00:00Z'), aged('ingress', '2025-01-01T00:00:00Z', { istio: 'ingressgateway' })]), 'ingress');
  assert.equal(chosen([aged('young', '2025-01-01T00:00:00Z'), aged('old', '2020-01-01T00:00:00Z')]), 'old');
  assert.equal(chosen([aged('b', '2020-01-01T00:00:00Z'), aged('a', '2020-01-01T00:00:00Z')]), 'a');
});

test('the choice is the same over 100 orders of the services', () => {
  const services = Array.from({ length: 8 }, (_, i) => service(i % 2 === 0 ? 'mesh-a' : 'pay', `s${i}`, labels));
  for (let i = 0; i < 100; i += 1) {
    const turned = [...services.slice(i % 8), ...services.slice(0, i % 8)];
    assert.equal(chosen(i % 3 === 0 ? turned.toReversed() : turned), 's0');
  }
});
