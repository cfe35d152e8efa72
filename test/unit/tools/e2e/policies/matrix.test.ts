import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renderMesh } from '../../../../../src/domain/control-plane/render.ts';
import { memberCopyOptions, memberNetworkPolicies } from '../../../../../src/domain/control-plane/member-copies.ts';
import { isJsonObject, valueAt } from '../../../../../src/lib/json.ts';
import type { KubeObject } from '../../../../../src/k8s/object.ts';
import { mismatches, sentence, tableOf } from '../../../../../tools/e2e/policies/grid.ts';
import { MATRIX, MATRIX_AFTER_LEAVING, SOURCES, type Row, type Source } from '../../../../../tools/e2e/policies/matrix.ts';
import { CONTROL_PLANE, DISGUISE, EXPOSED, MESH_A, MESH_B, ROUTER, SHOP_A, SHOP_B, STRANGER } from '../../../../../tools/e2e/policies/meshes.ts';
import { CHARTS, controlPlane, objectsOf, OPENSHIFT, valuesInput } from '../../../../build/control-plane.ts';
import { isAllowed, type NetCluster, type NetPod, type Outside } from '../../../../support/network-policy-evaluator.ts';

/* The table that is measured with connections on a real node, put to the evaluator with the policies that we render. */

type Labels = Readonly<Record<string, string>>;

function rendered(namespace: string): readonly KubeObject[] {
  return objectsOf(renderMesh(valuesInput({}, { name: CONTROL_PLANE, namespace, facts: OPENSHIFT }), CHARTS)).map(({ object }) => object);
}

/** The pods of a rendered Deployment, found by the label `app`. */
function podOf(namespace: string, app: string): NetPod {
  const deployment = rendered(namespace).find((object) => object.kind === 'Deployment' && valueAt(object, 'spec', 'template', 'metadata', 'labels', 'app') === app);
  const containers = valueAt(deployment, 'spec', 'template', 'spec', 'containers');
  const ports = (Array.isArray(containers) ? containers : []).flatMap((container) => valueAt(container, 'ports') ?? []).filter(isJsonObject);
  return {
    namespace, labels: valueAt(deployment, 'spec', 'template', 'metadata', 'labels') as Labels,
    ports: ports.map(({ name, containerPort }) => ({ name: String(name), port: Number(containerPort) })),
  };
}

const probe = (namespace: string, name: string, labels: Labels = {}): NetPod => ({ namespace, labels: { probe: name, ...labels } });

const PODS: readonly NetPod[] = [
  ...[MESH_A, MESH_B].flatMap((mesh) => ['istiod', 'istio-ingressgateway', 'prometheus'].map((app) => podOf(mesh, app))),
  ...[SHOP_A, SHOP_B].flatMap((shop) => [probe(shop, 'plain'), probe(shop, 'exposed', EXPOSED)]),
  probe(MESH_A, 'tool', EXPOSED), probe(STRANGER, 'stranger', DISGUISE), probe(ROUTER, 'router'),
];

function find(namespace: string, selector: string): NetPod {
  const [key = '', value] = selector.split('=');
  const found = PODS.find((pod) => pod.namespace === namespace && pod.labels?.[key] === value);
  assert.ok(found !== undefined, `${selector} in ${namespace}`);
  return found;
}

/** The node itself is above all policies, which the evaluator knows nothing of. */
const FROM: Readonly<Record<Exclude<Source, 'node'>, NetPod | Outside>> = {
  'gateway a': find(MESH_A, 'app=istio-ingressgateway'), 'member a': find(SHOP_A, 'probe=plain'), 'prometheus a': find(MESH_A, 'app=prometheus'),
  'gateway b': find(MESH_B, 'app=istio-ingressgateway'), 'member b': find(SHOP_B, 'probe=plain'),
  stranger: find(STRANGER, 'probe=stranger'), router: find(ROUTER, 'probe=router'), 'other node': { ip: '10.10.0.9' },
};

function clusterOf(members: Readonly<Record<string, string>>): NetCluster {
  const copies = Object.entries(members).flatMap(([shop, mesh]) =>
    memberNetworkPolicies(memberCopyOptions(controlPlane({}, { meta: { name: CONTROL_PLANE, namespace: mesh } })), shop).map(({ object }) => object));
  const labelled = Object.entries({ [MESH_A]: MESH_A, [MESH_B]: MESH_B, ...members }).map(([name, mesh]) => [name, { 'maistra.io/member-of': mesh }]);
  return {
    policies: [...rendered(MESH_A), ...rendered(MESH_B), ...copies].filter(({ kind }) => kind === 'NetworkPolicy'),
    namespaces: { [SHOP_A]: {}, [STRANGER]: {}, [ROUTER]: { 'network.openshift.io/policy-group': 'ingress' }, ...Object.fromEntries(labelled) },
  };
}

function openBy(cluster: NetCluster, { target: { namespace, pod = '', port } }: Row): readonly string[] {
  const to = find(namespace, pod);
  return [...Object.entries(FROM).filter(([, from]) => isAllowed(cluster, { from, to, port })).map(([name]) => name), 'node'];
}

describe('the matrix', () => {
  it('is what the policies say that we render', () => {
    for (const [rows, cluster] of [[MATRIX, clusterOf({ [SHOP_A]: MESH_A, [SHOP_B]: MESH_B })], [MATRIX_AFTER_LEAVING, clusterOf({ [SHOP_B]: MESH_B })]] as const) {
      // What leads through a Service comes to one of these pods.
      for (const row of rows.filter(({ target }) => target.pod !== undefined)) {
        assert.deepEqual(openBy(cluster, row).toSorted(), row.open.toSorted(), row.title);
      }
    }
  });

  it('has open and closed cells for every source but the node, which is let in everywhere', () => {
    for (const source of SOURCES) assert.equal(MATRIX.every(({ open }) => open.includes(source)), source === 'node', source);
  });
});

describe('a measured grid', () => {
  const row: Row = { title: 'door', target: { namespace: 'n', pod: 'app=door', port: 80 }, open: ['router'], reason: 'because' };
  const grid = [SOURCES.map((source) => source === 'stranger')];

  it('differs from what is written where a cell is open or closed against it', () => {
    assert.deepEqual(mismatches([row], grid).map(sentence), ['stranger → door (port 80) is open; written: because', 'router → door (port 80) is closed; written: because']);
    assert.deepEqual(mismatches([row], [SOURCES.map((source) => source === 'router')]), []);
  });

  it('that was never measured is not as written', () => {
    assert.equal(mismatches([row], []).length, 1);
  });

  it('shows such cells with an exclamation mark', () => {
    const [head = '', line = ''] = tableOf([row], grid);
    assert.equal(line.slice(head.indexOf('stranger')).startsWith('open!'), true);
    assert.equal(line.slice(head.indexOf('router')).startsWith('.!'), true);
    assert.equal(line.slice(head.indexOf('other node')).startsWith('. '), true);
  });
});
