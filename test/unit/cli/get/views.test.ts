import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewayRows } from '../../../../src/cli/get/gateways.ts';
import { memberRows } from '../../../../src/cli/get/members.ts';
import { MEMBERS } from '../../../../src/cli/get/members.ts';
import { MESHES } from '../../../../src/cli/get/meshes.ts';
import type { ObjectReader } from '../../../../src/cli/cluster-reader.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import type { ResourceType } from '../../../../src/k8s/resource.ts';
import { deleting, gateway, namespace, service, smcp, smm, smmr } from '../../../build/mesh-objects.ts';

const withStatus = (object: KubeObject, status: object): KubeObject => ({ ...object, status });
const condition = (type: string, status: string, reason: string, message = ''): object => ({ conditions: [{ type, status, reason, message }] });

/** Objects as a reader finds them; label selectors are `key` or `key=value`. */
function reading(...objects: readonly KubeObject[]): ObjectReader {
  const isSelected = (object: KubeObject, selector: string | undefined): boolean => {
    const [key = '', value] = (selector ?? '').split('=');
    const found = object.metadata.labels?.[key];
    return selector === undefined || (value === undefined ? found !== undefined : found === value);
  };
  const of = (type: ResourceType): readonly KubeObject[] => objects.filter(({ kind }) => kind === type.kind);
  return {
    list: async (type, at = {}) => of(type).filter((object) => (at.namespace === undefined || object.metadata.namespace === at.namespace) && isSelected(object, at.labelSelector)),
    get: async (type, name) => of(type).find(({ metadata }) => metadata.name === name),
  };
}

test('meshes: readiness, version, members and Routes; one that nobody worked on says so, one that goes too', async () => {
  const done = withStatus(smcp('mesh-a'), {
    ...condition('Ready', 'True', 'ComponentsReady', 'fine'), annotations: { readyComponentCount: '9/9' }, chartVersion: '1.31.1', operatorVersion: '0.1.0', ior: { total: 3, admitted: 2 }, appliedSpec: { profiles: ['default'] },
  });
  const roll = withStatus(smmr('mesh-a', ['pay']), { annotations: { configuredMemberCount: '1/2' } });
  const rows = await MESHES.read(reading({ ...smcp('mesh-c'), status: {} }, done, roll, deleting(smcp('mesh-b'))), undefined);
  assert.deepEqual(rows.map((row) => [row.namespace, row.ready, row.status, row.version, row.members, row.routes, row.profiles.join()]), [
    ['mesh-a', '9/9', 'ComponentsReady', '1.31.1', '1/2', '2/3', 'default'], ['mesh-b', '', 'Deleting', '', '0/0', '', ''], ['mesh-c', '', 'NotReconciled', '', '0/0', '', ''],
  ]);
  assert.deepEqual((await MESHES.read(reading(done, smcp('mesh-b')), 'mesh-b')).map((row) => row.namespace), ['mesh-b']);
});

const joined = (name: string, mesh: string): KubeObject => namespace(name, { 'maistra.io/member-of': mesh });
const roll = withStatus(smmr('mesh-a', ['pay', 'ghost']), {
  members: ['pay', 'ghost', 'shop', 'chosen'],
  memberStatuses: [{ namespace: 'ghost', ...condition('Reconciled', 'False', 'NamespaceNotExists', 'create it') }, { namespace: 'pay', ...condition('Reconciled', 'True', '') }],
});

test('members: who claims them, and what the member, the roll or the label says', () => {
  const shop = withStatus(smm('shop', 'mesh-a'), condition('Ready', 'False', 'Configuring', 'soon'));
  const rows = memberRows({ members: [shop, smm('new', 'mesh-b')], rolls: [roll], namespaces: [joined('pay', 'mesh-a'), joined('chosen', 'mesh-a'), namespace('other')], controlPlanes: [] });
  assert.deepEqual(rows.map((row) => [row.namespace, row.mesh, row.ready, row.reason, row.via.join(), row.message]), [
    ['chosen', 'mesh-a', 'True', 'Configured', 'selector', ''], ['ghost', 'mesh-a', 'False', 'NamespaceNotExists', 'roll', 'create it'], ['new', 'mesh-b', 'Unknown', 'NotReconciled', 'member', 'no operator has worked on it yet'],
    ['pay', 'mesh-a', 'True', 'Configured', 'roll', ''], ['shop', 'mesh-a', 'False', 'Configuring', 'member', 'soon'],
  ]);
});

test('members: pods to make anew are told by the member, or by the mesh for one that is in through a roll; nobody counted: nothing is said', () => {
  const plane = withStatus(smcp('mesh-a'), { sidecars: { current: 3, outdated: 2, missing: 0, namespaces: [{ namespace: 'pay', outdated: 2, missing: 0 }] } });
  const own = withStatus(smm('shop', 'mesh-a'), { ...condition('Ready', 'True', 'Configured'), sidecars: { outdated: 1, missing: 4 } });
  const namespaces = ['pay', 'chosen', 'shop'].map((name) => joined(name, 'mesh-a'));
  const shown = (controlPlanes: readonly KubeObject[]): string[] => memberRows({ members: [own], rolls: [roll], namespaces, controlPlanes }).map(({ namespace: name, sidecars }) => `${name}: ${sidecars}`);
  assert.deepEqual(shown([plane]), ['chosen: current', 'ghost: ', 'pay: 2 outdated', 'shop: 1 outdated, 4 missing']);
  assert.deepEqual(shown([]), ['chosen: ', 'ghost: ', 'pay: ', 'shop: 1 outdated, 4 missing']);
});

test('members: a namespace selects what it is as a member and what it has as a mesh; "*" is told from a selector', async () => {
  const star = withStatus(smmr('mesh-b', ['*']), { members: ['any'] });
  const reader = reading(roll, star, smm('pay', 'mesh-b'), joined('pay', 'mesh-a'), joined('any', 'mesh-b'));
  const shown = async (name: string | undefined): Promise<string[]> => (await MEMBERS.read(reader, name)).map((row) => `${row.mesh} ${row.namespace} ${row.via.join()}`);
  assert.deepEqual(await shown('pay'), ['mesh-a pay roll', 'mesh-b pay member']);
  assert.deepEqual(await shown('mesh-b'), ['mesh-b any *', 'mesh-b pay member']);
  assert.deepEqual(await shown(undefined), ['mesh-a chosen selector', 'mesh-a ghost roll', 'mesh-a pay roll', 'mesh-a shop selector', 'mesh-b any *', 'mesh-b pay member']);
});

test('gateways: pods, address, and the Istio Gateways of the mesh that configure them', () => {
  const labels = { 'app.kubernetes.io/component': 'istio-ingress', 'maistra.io/owner': 'mesh-a', 'maistra.io/owner-name': 'basic' };
  const deployment = (name: string, more: object, component = 'istio-ingress'): KubeObject => ({
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'mesh-a', labels: { ...labels, 'app.kubernetes.io/component': component } },
    spec: { replicas: 2, template: { metadata: { labels: { istio: 'ingressgateway', app: name } } } }, ...more,
  });
  const exposed: KubeObject = { ...service('mesh-a', 'in', { app: 'in' }), spec: { type: 'LoadBalancer', clusterIP: '10.0.0.1', selector: { app: 'in' }, ports: [{ port: 80, nodePort: 30_080 }] }, status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } };
  const rows = gatewayRows({
    deployments: [deployment('in', { status: { readyReplicas: 1 } }), deployment('out', {}, 'istio-egress'), deployment('istiod', {}, 'istio-discovery')], services: [exposed],
    gateways: [gateway('pay', 'web', {}), gateway('stranger', 'web', {}), gateway('mesh-a', 'none', { selector: {} })], members: [joined('pay', 'mesh-a'), joined('stranger', 'mesh-b')],
  });
  assert.deepEqual(rows.map(({ name, kind, ready, type, address, ports, configuredBy }) => [name, kind, ready, type, address, ports.join(), configuredBy.join()]), [
    ['in', 'ingress', '1/2', 'LoadBalancer', '192.0.2.1', '80:30080/TCP', 'pay/web'], ['out', 'egress', '0/2', '', '', '', 'pay/web'],
  ]);
});
