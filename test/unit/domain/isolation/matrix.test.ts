import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderObjects } from '../../../../src/cli/render.ts';
import { sharedRoles } from '../../../../src/domain/cluster-resources/shared-roles.ts';
import { isApart, isolationMatrix, NO_MESH, type IsolationObjects, type Reach } from '../../../../src/domain/isolation/matrix.ts';
import { isolationPicture } from '../../../../src/domain/isolation/picture.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import type { Isolation } from '../../../../src/domain/control-plane/facts.ts';

/* Two meshes as the operator renders them, on a cluster with a stranger. */

const mesh = (namespace: string, member: string): KubeObject[] => [
  { apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: { name: 'basic', namespace }, spec: {} },
  { apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMemberRoll', metadata: { name: 'default', namespace }, spec: { members: [member] } },
];
const labelled = (name: string, of?: string): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: of === undefined ? {} : { 'maistra.io/member-of': of } } });
const rootOf = (namespace: string, pem = `root of ${namespace}`): KubeObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio-ca-root-cert', namespace }, data: { 'root-cert.pem': pem } });

function cluster(isolation: Isolation): IsolationObjects {
  const planes = [...mesh('mesh-a', 'shop'), ...mesh('mesh-b', 'bank')];
  const { objects, problems } = renderObjects(planes, { openshift: true, namespace: 'default', isolation });
  assert.deepEqual(problems, []);
  const of = (kind: string): KubeObject[] => objects.filter((object) => object.kind === kind);
  return {
    controlPlanes: planes.filter(({ kind }) => kind === 'ServiceMeshControlPlane'),
    namespaces: [labelled('mesh-a', 'mesh-a'), labelled('shop', 'mesh-a'), labelled('mesh-b', 'mesh-b'), labelled('bank', 'mesh-b'), labelled('stranger')],
    networkPolicies: of('NetworkPolicy'), configMaps: [...of('ConfigMap'), rootOf('mesh-a'), rootOf('mesh-b')],
    clusterRoles: sharedRoles(), roles: of('Role'), clusterRoleBindings: of('ClusterRoleBinding'), roleBindings: of('RoleBinding'),
  };
}

const words = ({ from, to, api, config, root, policy }: Reach): string => [from, to, api, config, root, policy].join(' | ');

test('hard isolation: no mesh reaches another, or the rest of the cluster, in any way', () => {
  const matrix = isolationMatrix(cluster('hard'));
  assert.deepEqual(matrix.map(words), [
    'mesh-a/basic | mesh-b/basic | nothing | cannot see | apart | closed', `mesh-a/basic | ${NO_MESH} | nothing | cannot see |  | `,
    'mesh-b/basic | mesh-a/basic | nothing | cannot see | apart | closed', `mesh-b/basic | ${NO_MESH} | nothing | cannot see |  | `,
  ]);
  assert.ok(matrix.every(isApart));
});

test('soft isolation: each istiod reads Secrets everywhere and looks away, and the binding that lets it is named', () => {
  const matrix = isolationMatrix(cluster('soft'));
  assert.ok(matrix.every(({ api, config }) => api === 'secrets' && config === 'looks away'));
  assert.match(matrix[0]?.why.join() ?? '', /ClusterRoleBinding istiod-basic-mesh-a lets it read Secrets of/);
  assert.ok(!matrix.some(isApart));
});

const LEAKS: readonly { readonly what: string; readonly leak: (objects: IsolationObjects) => IsolationObjects; readonly says: RegExp }[] = [
  {
    what: 'somebody binds the other istiod in a member', says: /RoleBinding bank\/leak lets it read Secrets of bank/,
    leak: (objects) => ({ ...objects, roleBindings: [...objects.roleBindings, {
      apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'leak', namespace: 'bank' }, roleRef: { kind: 'ClusterRole', name: 'tmesh-gateway' },
      subjects: [{ kind: 'Group', name: 'system:serviceaccounts:mesh-a' }],
    }] }),
  },
  { what: 'both meshes were given one root', says: /same root certificate/, leak: (objects) => ({ ...objects, configMaps: [...objects.configMaps.filter(({ metadata }) => metadata.name !== 'istio-ca-root-cert'), rootOf('mesh-a', 'one'), rootOf('mesh-b', 'one')] }) },
  { what: 'a policy of a member is gone', says: /no NetworkPolicy closes namespace bank/, leak: (objects) => ({ ...objects, networkPolicies: objects.networkPolicies.filter(({ metadata }) => metadata.namespace !== 'bank') }) },
  {
    what: 'a policy that leaves some pods out takes the place of that for all', says: /no NetworkPolicy closes namespace bank/,
    leak: (objects) => ({ ...objects, networkPolicies: [...objects.networkPolicies.filter(({ metadata }) => metadata.namespace !== 'bank'), {
      apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'most', namespace: 'bank' }, spec: { podSelector: { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['open'] }] } },
    }] }),
  },
  {
    what: 'a project admin lets the other mesh in', says: /NetworkPolicy bank\/door lets pods of shop in/,
    leak: (objects) => ({ ...objects, networkPolicies: [...objects.networkPolicies, {
      apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'door', namespace: 'bank' },
      spec: { podSelector: { matchLabels: { app: 'x' } }, ingress: [{ from: [{ namespaceSelector: { matchLabels: { 'maistra.io/member-of': 'mesh-a' } } }] }] },
    }] }),
  },
];

for (const { what, leak, says } of LEAKS) {
  test(`a leak is found and named: ${what}`, () => {
    const found = isolationMatrix(leak(cluster('hard'))).find(({ from, to }) => from === 'mesh-a/basic' && to === 'mesh-b/basic');
    assert.ok(found !== undefined && !isApart(found));
    assert.match(found.why.join('; '), says);
  });
}

test('without a published root nobody is called apart', () => {
  const objects = cluster('hard');
  const matrix = isolationMatrix({ ...objects, configMaps: objects.configMaps.filter(({ metadata }) => metadata.name !== 'istio-ca-root-cert') });
  assert.equal(matrix[0]?.root, 'unknown');
  assert.ok(matrix[0] !== undefined && !isApart(matrix[0]));
});

test('the picture has a cell for each pair, with its reasons as a title, and escapes names', () => {
  const picture = isolationPicture(isolationMatrix(cluster('soft')));
  assert.equal(picture.match(/<title>/g)?.length, 4);
  assert.match(picture, /mesh-a\/basic → mesh-b\/basic: API secrets/);
  assert.doesNotMatch(isolationPicture([{ from: '<b>', to: '"x"', api: 'nothing', config: 'cannot see', root: 'apart', policy: 'closed', why: [] }]), /<b>/);
});
