import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IorObserved } from '../../../../src/domain/ior/observed.ts';
import { planIor } from '../../../../src/domain/ior/plan.ts';
import type { Plan, Step } from '../../../../src/k8s/plan.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { deleting, gateway, iorRoute, pod, server, service, smcp, withMeta } from '../../../build/mesh-objects.ts';

const PLANE = smcp('mesh-a', 'basic', { gateways: { openshiftRoute: { enabled: true } } });
const labels = { app: 'istio-ingressgateway', istio: 'ingressgateway' };
const SERVICE = service('mesh-a', 'istio-ingressgateway', labels);
const WEB = gateway('pay', 'web', { servers: [server(['one.org'])] });

function observed(over: Partial<IorObserved> = {}): IorObserved {
  return {
    namespace: 'pay', name: 'web', gateway: WEB, isRouteServed: true, mesh: 'mesh-a', isLabelLost: false, controlPlanes: [PLANE],
    pods: [pod('mesh-a', 'gw-1', labels)], services: [SERVICE], routes: [], occupied: [], ...over,
  };
}

function without(...keys: readonly (keyof IorObserved)[]): IorObserved {
  return Object.fromEntries(Object.entries(observed()).filter(([key]) => !keys.some((left) => left === key))) as unknown as IorObserved;
}

const gone = (over: Partial<IorObserved>): IorObserved => ({ ...without('gateway', 'mesh'), ...over });

function applied(plan: Plan): KubeObject[] {
  return plan.stages.flat().flatMap((step) => (step.do === 'apply' ? [step.object] : []));
}

const describeStep = (step: Step): string => ('ref' in step ? `${step.do} ${step.ref.namespace}/${step.ref.name}` : step.do === 'apply' ? `apply ${step.object.metadata.namespace}/${step.object.metadata.name}` : step.do);
const stagesOf = (plan: Plan): string[][] => plan.stages.map((stage) => stage.map(describeStep));

const OLD = iorRoute('mesh-a', 'pay-web-2316a6b13ebc9ad8', { gateway: 'pay/web', host: 'one.org' });

test('a Gateway of a member gets a Route in the namespace of the Service, with the fields of the old operator', () => {
  assert.deepEqual(applied(planIor(observed())), [{
    apiVersion: 'route.openshift.io/v1', kind: 'Route',
    metadata: {
      name: 'pay-web-2316a6b13ebc9ad8', namespace: 'mesh-a',
      labels: { 'maistra.io/generated-by': 'ior', 'maistra.io/gateway-namespace': 'pay', 'maistra.io/gateway-name': 'web' },
      annotations: { 'maistra.io/original-host': 'one.org' },
    },
    spec: { host: 'one.org', wildcardPolicy: 'None', to: { kind: 'Service', name: 'istio-ingressgateway' }, port: { targetPort: 'http2' } },
  }]);
});

test('TLS passes through to https; a redirect is said so', () => {
  const secure = gateway('pay', 'web', { servers: [server(['one.org'], { httpsRedirect: true }), server(['one.org'], { mode: 'SIMPLE' })] });
  const [route, ...more] = applied(planIor(observed({ gateway: secure })));
  assert.deepEqual(more, [], 'one Route per host (W20)');
  assert.deepEqual(route?.['spec'], {
    host: 'one.org', wildcardPolicy: 'None', to: { kind: 'Service', name: 'istio-ingressgateway' }, port: { targetPort: 'https' },
    tls: { termination: 'passthrough', insecureEdgeTerminationPolicy: 'Redirect' },
  });
});

test('labels and annotations of the Gateway are copied, but for those that are meant for other tools', () => {
  const busy = withMeta(WEB, {
    labels: { 'team': 'pay', 'argocd.argoproj.io/instance': 'x', 'app.kubernetes.io/instance': 'x', 'app.kubernetes.io/managed-by': 'Helm', 'kustomize.toolkit.fluxcd.io/name': 'x', 'helm.toolkit.fluxcd.io/name': 'x', 'maistra.io/owner': 'me', 'app.kubernetes.io/name': 'web' },
    annotations: { 'haproxy.router.openshift.io/timeout': '5s', 'kubectl.kubernetes.io/last-applied-configuration': '{}', 'argocd.argoproj.io/sync-wave': '1', 'cert-manager.io/issuer': 'x', 'maistra.io/manageRoute': 'true', 'tmesh.maistra.io/x': 'y' },
  });
  const [route] = applied(planIor(observed({ gateway: busy })));
  assert.deepEqual(route?.metadata.labels, { 'team': 'pay', 'app.kubernetes.io/name': 'web', 'maistra.io/generated-by': 'ior', 'maistra.io/gateway-namespace': 'pay', 'maistra.io/gateway-name': 'web' });
  assert.deepEqual(route?.metadata.annotations, { 'haproxy.router.openshift.io/timeout': '5s', 'maistra.io/original-host': 'one.org' });
});

test('the mesh\'s owner says which marks are copied; tracking marks never are, and what is no key is reported', () => {
  const busy = withMeta(WEB, {
    labels: { team: 'pay', tier: 'x', 'argocd.argoproj.io/instance': 'x' }, annotations: { 'haproxy.router.openshift.io/timeout': '5s', 'haproxy.router.openshift.io/balance': 'x', note: 'x' },
  });
  const copying = (list: string): IorObserved => observed({ gateway: busy, controlPlanes: [withMeta(PLANE, { annotations: { 'maistra.io/ior-copy': list } })] });
  const marksOf = (list: string): string[] => {
    const [route] = applied(planIor(copying(list)));
    return Object.keys({ ...route?.metadata.labels, ...route?.metadata.annotations }).filter((key) => !key.startsWith('maistra.io/')).toSorted();
  };
  assert.deepEqual(marksOf('team, haproxy.router.openshift.io/*'), ['haproxy.router.openshift.io/balance', 'haproxy.router.openshift.io/timeout', 'team']);
  assert.deepEqual(marksOf('*'), ['haproxy.router.openshift.io/balance', 'haproxy.router.openshift.io/timeout', 'note', 'team', 'tier']);
  assert.deepEqual(marksOf(''), []);
  assert.deepEqual(marksOf('argocd.argoproj.io/*,team/'), []);
  assert.deepEqual(planIor(copying('team/,note')).problems.map(({ reason, value }) => [reason, value]), [['InvalidIorCopy', 'team/']]);
});

test('the version of the Gateway is not written: a change that concerns no Route must write none', () => {
  const before = planIor(observed({ gateway: withMeta(WEB, { resourceVersion: '1' }) }));
  assert.deepEqual(planIor(observed({ gateway: withMeta(WEB, { resourceVersion: '2', generation: 9 }) })), before);
});

test('a long Gateway name is hashed in the label and written whole in an annotation', () => {
  const name = 'w'.repeat(100);
  const [route] = applied(planIor(observed({ name, gateway: gateway('pay', name, { servers: [server(['one.org'])] }) })));
  assert.equal(route?.metadata.labels?.['maistra.io/gateway-name']?.length, 63);
  assert.equal(route?.metadata.annotations?.['tmesh.maistra.io/gateway'], `pay/${name}`);
});

test('a Route made by versions before 2.0 keeps its name, recognised by its host', () => {
  const random = iorRoute('mesh-a', 'pay-web-5w5hq', { gateway: 'pay/web', host: 'one.org' });
  assert.deepEqual(stagesOf(planIor(observed({ routes: [random] }))), [['apply mesh-a/pay-web-5w5hq']]);
});

test('of two Routes for one host the rightly named stays, and the other goes', () => {
  const random = iorRoute('mesh-a', 'pay-web-5w5hq', { gateway: 'pay/web', host: 'one.org' }, { creationTimestamp: '2020-01-01T00:00:00Z' });
  assert.deepEqual(stagesOf(planIor(observed({ routes: [random, OLD] }))), [['apply mesh-a/pay-web-2316a6b13ebc9ad8'], ['remove mesh-a/pay-web-5w5hq']]);
});

test('a Route for ns/host stays when the host is also written alone', () => {
  const both = gateway('pay', 'web', { servers: [server(['one.org', './one.org'])] });
  const standing = iorRoute('mesh-a', 'pay-web-old', { gateway: 'pay/web', host: './one.org' });
  const [route, ...more] = applied(planIor(observed({ gateway: both, routes: [standing] })));
  assert.deepEqual([route?.metadata.name, route?.metadata.annotations?.['maistra.io/original-host'], more], ['pay-web-old', './one.org', []]);
});

test('a host that is no longer in the Gateway loses its Route, after the others were written', () => {
  const stale = iorRoute('mesh-a', 'pay-web-stale', { gateway: 'pay/web', host: 'two.org' });
  assert.deepEqual(stagesOf(planIor(observed({ routes: [OLD, stale] }))), [['apply mesh-a/pay-web-2316a6b13ebc9ad8'], ['remove mesh-a/pay-web-stale']]);
});

test('when the Service is now in another namespace the Route moves there', () => {
  const moved = service('pay', 'gw', labels);
  assert.deepEqual(stagesOf(planIor(observed({ services: [moved], routes: [OLD] }))), [['apply pay/pay-web-2316a6b13ebc9ad8'], ['remove mesh-a/pay-web-2316a6b13ebc9ad8']]);
});

test("a name that somebody else's Route has is left to him", () => {
  const foreign = withMeta(OLD, { labels: { 'maistra.io/generated-by': 'ior', 'maistra.io/gateway-namespace': 'pay-web', 'maistra.io/gateway-name': 'x' } });
  const [route] = applied(planIor(observed({ occupied: [foreign] })));
  assert.notEqual(route?.metadata.name, OLD.metadata.name);
  assert.match(route?.metadata.name ?? '', /^pay-web-[0-9a-f]{8}-2316a6b13ebc9ad8$/);
});

test('a Route that was left to the user is taken back when he opts in again', () => {
  const kept = withMeta(OLD, { labels: {} });
  assert.equal(applied(planIor(observed({ occupied: [kept] })))[0]?.metadata.name, OLD.metadata.name);
});

test('a Gateway that is gone, or being deleted, loses its Routes', () => {
  assert.deepEqual(stagesOf(planIor(gone({ routes: [OLD] }))), [['remove mesh-a/pay-web-2316a6b13ebc9ad8']]);
  assert.deepEqual(stagesOf(planIor(observed({ gateway: deleting(WEB), routes: [OLD] }))), [['remove mesh-a/pay-web-2316a6b13ebc9ad8']]);
});

test('removal is pinned to the incarnation that was seen', () => {
  const [step] = planIor(gone({ routes: [OLD] })).stages.flat();
  assert.equal(step?.do === 'remove' ? step.ref.uid : undefined, OLD.metadata.uid);
});

test('Routes go when IOR is off, when the control plane goes, and when the namespace is in no mesh', () => {
  const removed = [['remove mesh-a/pay-web-2316a6b13ebc9ad8']];
  assert.deepEqual(stagesOf(planIor(observed({ controlPlanes: [smcp('mesh-a')], routes: [OLD] }))), removed);
  assert.deepEqual(stagesOf(planIor(observed({ controlPlanes: [deleting(PLANE)], routes: [OLD] }))), removed);
  assert.deepEqual(stagesOf(planIor({ ...without('mesh'), controlPlanes: [], routes: [OLD] })), removed);
});

test('nothing is removed while it is undecided: two control planes, a lost label, no Service', () => {
  assert.deepEqual(stagesOf(planIor(observed({ controlPlanes: [PLANE, smcp('mesh-a', 'second')], routes: [OLD] }))), []);
  assert.deepEqual(stagesOf(planIor({ ...without('mesh'), isLabelLost: true, controlPlanes: [], routes: [OLD] })), []);
  const none = planIor(observed({ services: [], routes: [OLD] }));
  assert.deepEqual(stagesOf(none), []);
  assert.deepEqual(none.problems.map((problem) => [problem.reason, problem.value]), [['NoMatchingGatewayService', 'istio=ingressgateway']]);
});

test('manageRoute: false removes the Routes, or hands them over without our labels', () => {
  const out = (annotations: Readonly<Record<string, string>>): Plan => planIor(observed({ gateway: withMeta(WEB, { annotations }), routes: [OLD] }));
  assert.deepEqual(stagesOf(out({ 'maistra.io/manageRoute': 'false' })), [['remove mesh-a/pay-web-2316a6b13ebc9ad8']]);
  const [step] = out({ 'maistra.io/manageRoute': 'false', 'maistra.io/routeOnOptOut': 'keep' }).stages.flat();
  assert.deepEqual(step?.do === 'patch' ? step.patch : undefined, { metadata: {
    labels: { 'maistra.io/generated-by': null, 'maistra.io/gateway-namespace': null, 'maistra.io/gateway-name': null }, annotations: { 'tmesh.maistra.io/gateway': null },
  } });
});

test('a bad manageRoute value is reported, and the Routes are made', () => {
  const plan = planIor(observed({ gateway: withMeta(WEB, { annotations: { 'maistra.io/manageRoute': 'perhaps' } }) }));
  assert.deepEqual([plan.problems[0]?.reason, applied(plan).length], ['InvalidManageRoute', 1]);
});

test('a Gateway of the egress gateway has no Routes', () => {
  const egress = gateway('pay', 'web', { selector: { istio: 'egressgateway' }, servers: [server(['one.org'])] });
  assert.deepEqual(stagesOf(planIor(observed({ gateway: egress, services: [service('mesh-a', 'istio-egressgateway', { istio: 'egressgateway' })], routes: [OLD] }))), [['remove mesh-a/pay-web-2316a6b13ebc9ad8']]);
});

test('without the kind Route nothing is done until the runtime tells that it came', () => {
  assert.deepEqual(planIor(observed({ isRouteServed: false })).stages, []);
  assert.deepEqual(planIor(gone({ isRouteServed: false })).stages, []);
});

test('a Gateway whose spec cannot be read keeps its Routes and is reported', () => {
  const plan = planIor(observed({ gateway: { ...WEB, spec: { servers: 'all' } }, routes: [OLD] }));
  assert.deepEqual(stagesOf(plan), []);
  assert.equal(plan.problems[0]?.path, 'spec.servers');
});

test('hostile hosts travel as values and break nothing', () => {
  const hosts = ['"{{', 'a\nb', 'x: y', '*/', 'a'.repeat(1_000_000)];
  const routes = applied(planIor(observed({ gateway: gateway('pay', 'web', { servers: [server(hosts)] }) })));
  assert.equal(routes.length, 4, 'the empty host of "*/" is none');
  for (const route of routes) assert.match(route.metadata.name, /^pay-web-[0-9a-f]{16}$/);
});
