import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewayValues, isInMesh, type GatewayValues } from '../../../../../src/domain/control-plane/values/gateways.ts';
import { valueAt } from '../../../../../src/lib/json.ts';
import { MESH, OPENSHIFT, renderedObject, valuesInput } from '../../../../build/control-plane.ts';

const gatewaysOf = (gateways: object, more = {}) => gatewayValues(valuesInput({ gateways: gateways as never }, more));

test('a mesh has its two gateways unless they are switched off', () => {
  assert.deepEqual(gatewaysOf({}).map(({ name }) => name), ['istio-ingressgateway', 'istio-egressgateway']);
  assert.deepEqual(gatewaysOf({ egress: { enabled: false } }).map(({ name }) => name), ['istio-ingressgateway']);
  assert.deepEqual(gatewaysOf({ enabled: false }), []);
});

test('additional gateways are there only if they are switched on by name', () => {
  const more = { additionalIngress: { zed: { enabled: true }, off: {} }, additionalEgress: { out: { enabled: true } } };
  assert.deepEqual(gatewaysOf(more).map(({ name, isIngress }) => `${name} ${isIngress}`), ['istio-ingressgateway true', 'istio-egressgateway false', 'zed true', 'out false']);
});

test('Gateways select by the labels they always selected by', () => {
  const [ingress, egress] = gatewaysOf({});
  assert.deepEqual(ingress?.selector, { app: 'istio-ingressgateway', istio: 'ingressgateway' });
  assert.deepEqual(egress?.selector, { app: 'istio-egressgateway', istio: 'egressgateway' });
});

test('labels of the Service are labels of the pods, and its selector is never the user\'s', () => {
  const [gateway] = gatewaysOf({ ingress: { service: { metadata: { labels: { istio: 'mine' }, annotations: { a: 'b' } }, selector: { app: 'elsewhere' }, type: 'LoadBalancer', loadBalancerIP: '1.2.3.4' } } });
  assert.deepEqual(gateway?.selector, { app: 'istio-ingressgateway', istio: 'mine' });
  assert.deepEqual(gateway?.serviceSpec['selector'], gateway?.selector);
  assert.deepEqual([gateway?.serviceSpec['type'], gateway?.serviceSpec['loadBalancerIP'], gateway?.serviceAnnotations], ['LoadBalancer', '1.2.3.4', { a: 'b' }]);
});

test('ports 80 and 443 lead to ports that need no privilege, under the names that IOR uses', () => {
  const ports = gatewaysOf({})[0]?.serviceSpec['ports'];
  assert.deepEqual(ports, [
    { name: 'status-port', port: 15_021, targetPort: 15_021, protocol: 'TCP' }, { name: 'http2', port: 80, targetPort: 8080, protocol: 'TCP' }, { name: 'https', port: 443, targetPort: 8443, protocol: 'TCP' },
  ]);
  const own = [{ name: 'tcp', port: 9000 }];
  assert.deepEqual(gatewaysOf({ ingress: { service: { ports: own } } })[0]?.serviceSpec['ports'], own);
});

test('the gateway has a Route where there are Routes, unless it is switched off or lives elsewhere', () => {
  const routeOf = (ingress: object) => gatewaysOf({ ingress }, { facts: OPENSHIFT })[0]?.route;
  const labels = { app: 'istio-ingressgateway', istio: 'ingressgateway' };
  const host = `istio-ingressgateway-${MESH}.apps.example.com`;
  assert.deepEqual(routeOf({}), { host, labels, annotations: {} });
  const metadata = { labels: { shard: 'edge' }, annotations: { 'haproxy.router.openshift.io/timeout': '5s' } };
  assert.deepEqual(routeOf({ routeConfig: { metadata } }), { host, labels: { shard: 'edge', ...labels }, annotations: metadata.annotations });
  assert.equal(routeOf({ routeConfig: { enabled: false } }), false);
  assert.equal(routeOf({ namespace: 'shop' }), false);
  assert.equal(gatewaysOf({})[0]?.route, false);
  assert.equal(gatewaysOf({}, { facts: OPENSHIFT })[1]?.route, false);
});

test('a gateway may live in a member, and only there', () => {
  const input = valuesInput({}, { members: ['shop'] });
  assert.deepEqual(['shop', MESH, 'elsewhere'].map((namespace) => isInMesh({ namespace }, input)), [true, true, false]);
});

test('a gateway is rendered in full: identity, root certificate, no privileged port', () => {
  const deployment = renderedObject(valuesInput(), 'Deployment', 'istio-ingressgateway');
  const container = (valueAt(deployment, 'spec', 'template', 'spec', 'containers') as readonly Record<string, unknown>[])[0];
  assert.equal(container?.['image'], 'docker.io/istio/proxyv2:1.31.1');
  const env = Object.fromEntries((container?.['env'] as { name: string; value?: string }[]).map(({ name, value }) => [name, value]));
  assert.equal(env['CA_ADDR'], `istiod-basic.${MESH}.svc:15012`);
  assert.equal(env['ISTIO_META_UNPRIVILEGED_POD'], 'true');
  assert.equal(env['ISTIO_META_OWNER'], `kubernetes://apis/apps/v1/namespaces/${MESH}/deployments/istio-ingressgateway`);
  assert.deepEqual(JSON.parse(env['PROXY_CONFIG'] ?? ''), { discoveryAddress: `istiod-basic.${MESH}.svc:15012`, tracing: { sampling: 1 }, terminationDrainDuration: '15s' });
  assert.equal(valueAt(deployment, 'spec', 'template', 'metadata', 'labels', 'sidecar.istio.io/inject'), 'false');
});

test('an ingress gateway that stops serves on until routers have heard of it, within the time that its pod is given; an egress gateway has no router', () => {
  const [ingress, egress] = gatewaysOf({});
  const drain = (gateway: GatewayValues | undefined): unknown => valueAt(JSON.parse(gateway?.env.find(({ name }) => name === 'PROXY_CONFIG')?.value ?? '{}'), 'terminationDrainDuration');
  assert.equal(drain(ingress), '15s');
  assert.equal(drain(egress), undefined);
});

test('volumes of the user and the Secrets that v1 mounted are in the pod, each with its mount', () => {
  const [gateway] = gatewaysOf({ ingress: { volumes: [{ volume: { secret: { secretName: 'mine' } }, volumeMount: { name: 'mine', mountPath: '/mine' } }] } });
  assert.deepEqual(gateway?.extraVolumes.map(({ name }) => name), ['ingressgateway-certs', 'ingressgateway-ca-certs', 'mine']);
  assert.deepEqual(gateway?.extraMounts.map(({ mountPath }) => mountPath), ['/etc/istio/ingressgateway-certs', '/etc/istio/ingressgateway-ca-certs', '/mine']);
  assert.deepEqual(gateway?.extraVolumes.at(-1), { name: 'mine', secret: { secretName: 'mine' } });
});

test('runtime settings of a gateway are its own', () => {
  const ingress = { runtime: { deployment: { autoScaling: { enabled: true, maxReplicas: 3 } }, container: { imageTag: '9', env: { A: 'b' } } } };
  assert.equal(gatewaysOf({ ingress })[0]?.image, 'docker.io/istio/proxyv2:9');
  assert.equal(gatewaysOf({ ingress })[1]?.image, 'docker.io/istio/proxyv2:1.31.1');
  const hpa = renderedObject(valuesInput({ gateways: { ingress } }), 'HorizontalPodAutoscaler', 'istio-ingressgateway');
  assert.deepEqual([valueAt(hpa, 'spec', 'minReplicas'), valueAt(hpa, 'spec', 'maxReplicas')], [1, 3]);
});

test('virtual machines come in through ports of the ingress gateway, or through a load balancer of their own', () => {
  const portsOf = (spec: Parameters<typeof valuesInput>[0]): unknown[] => gatewayValues(valuesInput(spec)).map(({ name, serviceSpec: { ports } }) => [name, Array.isArray(ports) ? ports.map((port) => valueAt(port, 'port')) : []]);
  assert.deepEqual(portsOf({ cluster: { meshExpansion: { enabled: true } } }), [['istio-ingressgateway', [15_021, 80, 443, 15_012]], ['istio-egressgateway', [80, 443]]]);
  const own = { cluster: { meshExpansion: { enabled: true, ilbGateway: { enabled: true } } }, gateways: { egress: { enabled: false }, ingress: { meshExpansionPorts: [{ name: 'dns', port: 853 }] } } };
  assert.deepEqual(portsOf(own), [['istio-ingressgateway', [15_021, 80, 443, 853]], ['istio-ilbgateway', [15_021, 80, 443, 15_012]]]);
});

test('an egress gateway sees the networks that it asks for, and certificates come from the authority of the mesh', () => {
  const spec = { gateways: { egress: { requestedNetworkView: ['a', 'b'] } }, security: { certificateAuthority: { type: 'Custom', custom: { address: 'ca.example:443' } } } };
  const egress = gatewayValues(valuesInput(spec)).find(({ name }) => name === 'istio-egressgateway');
  const env = Object.fromEntries((egress?.env ?? []).map(({ name, value }) => [name, value]));
  assert.deepEqual([env['ISTIO_META_REQUESTED_NETWORK_VIEW'], env['CA_ADDR']], ['a,b', 'ca.example:443']);
});
