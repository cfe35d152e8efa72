import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as kinds from '../../../src/api/kinds.ts';
import { controlPlaneController } from '../../../src/controllers/control-plane/index.ts';
import { memberController } from '../../../src/controllers/member/index.ts';
import { memberRollController } from '../../../src/controllers/member-roll/index.ts';
import { valueAt } from '../../../src/lib/json.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { CHARTS, controlPlane, MESH, NAME, OPERATOR_FACTS } from '../../build/control-plane.ts';
import { namespace, smmr } from '../../build/mesh-objects.ts';
import { changed, Story } from '../../support/story.ts';

const controllers = () => [
  controlPlaneController({ facts: OPERATOR_FACTS, charts: CHARTS }), memberRollController({ operatorNamespace: 'operators' }), memberController({ operatorNamespace: 'operators' }),
];
const SMCP = { type: kinds.CONTROL_PLANE, name: NAME, namespace: MESH };

function rootOf(story: Story): KubeObject {
  const root = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio-ca-root-cert', namespace: MESH }, data: { 'root-cert.pem': 'the root' } };
  story.cluster.put(kinds.CONFIG_MAP, root);
  return root;
}

/** Install wave by wave, a member, mutual TLS, an upgrade, drift, uninstall. */
function play(seed: number): Story {
  const story = new Story(controllers(), { seed, unserved: [kinds.ROUTE, kinds.KIALI] });
  story.cluster.put(kinds.NAMESPACE, namespace(MESH));
  story.cluster.put(kinds.NAMESPACE, namespace('shop'));
  const smcp = controlPlane({ version: 'v1.30' });
  story.user('somebody creates the SMCP', kinds.CONTROL_PLANE, smcp);
  story.settle();
  rootOf(story);
  story.podsReady(`istiod-${NAME}`);
  story.settle();
  story.podsReady('prometheus');
  story.settle();
  story.podsReady('istio-ingressgateway');
  story.settle();
  story.podsReady('istio-egressgateway');
  story.settle();
  story.podsReady('jaeger', 'grafana', 'kiali');
  story.settle();
  story.user('the namespace shop joins by the roll', kinds.MEMBER_ROLL, smmr(MESH, ['shop']));
  story.settle();
  story.podsReady('kiali');
  story.settle();
  story.user('one setting: mutual TLS', kinds.CONTROL_PLANE, changed(smcp, { spec: { security: { dataPlane: { mtls: true } } } }));
  story.settle();
  story.user('a newer Istio, and no Grafana any more', kinds.CONTROL_PLANE, changed(smcp, { spec: { version: 'v1.31', security: { dataPlane: { mtls: true } }, addons: { grafana: { enabled: false } } } }));
  story.settle();
  story.podsReady(`istiod-${NAME}`);
  story.settle();
  story.podsReady('istio-ingressgateway', 'istio-egressgateway');
  story.settle();
  story.podsReady('kiali');
  story.settle();
  story.delete('somebody deletes a Service of ours', { type: kinds.SERVICE, name: 'istio-ingressgateway', namespace: MESH });
  story.settle();
  story.delete('somebody deletes the SMCP', SMCP);
  story.settle();
  return story;
}

test('story: a mesh from its installation to its removal', () => {
  const file = join(import.meta.dirname, 'install.golden.log');
  const story = play(1);
  const text = `${story.lines.join('\n').trim()}\n`;
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text);
  assert.equal(text, readFileSync(file, 'utf8'), 'the story differs; look at the difference, then UPDATE_GOLDEN=1');
});

test('whatever order the controllers are woken in, the story ends with nothing of ours left', () => {
  for (const seed of [2, 3, 4]) {
    const story = play(seed);
    const left = kinds.KINDS.flatMap((type) => story.cluster.list({ id: 'any', type }))
      .filter((object) => valueAt(object, 'metadata', 'labels', 'app.kubernetes.io/managed-by') !== undefined);
    assert.deepEqual(left.map(({ kind, metadata }) => `${kind} ${metadata.name}`), [], `seed ${seed}`);
    assert.equal(story.find(SMCP), undefined);
    assert.equal(story.find({ type: kinds.NAMESPACE, name: MESH })?.metadata.labels?.['maistra.io/member-of'], undefined);
  }
});
