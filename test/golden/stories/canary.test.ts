import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as kinds from '../../../src/api/kinds.ts';
import { controlPlaneController } from '../../../src/controllers/control-plane/index.ts';
import { canaryProblem, chooseVersion } from '../../../src/domain/versions.ts';
import { markText } from '../../../src/domain/sidecars/mark.ts';
import { matchesSelector, type LabelSelector } from '../../../src/k8s/selector.ts';
import { objectsAt, textAt, valueAt, type JsonObject } from '../../../src/lib/json.ts';
import { refOf } from '../../../src/k8s/ref.ts';
import { CHARTS, controlPlane, MESH, NAME, OPERATOR_FACTS } from '../../build/control-plane.ts';
import { namespace, withMeta } from '../../build/mesh-objects.ts';
import { Story } from '../../support/story.ts';
import { injected } from '../../unit/domain/sidecars/sidecar-objects.ts';

/*
 * A newer Istio is tried beside the old one: members move one by one, and back; at the end the mesh itself is moved, and its istiod takes the canary's name over for the pods
 * that still ask for it. At no moment is a proxy newer than the istiod that it asks, or without one.
 */

const ISTIOD = `istiod-${NAME}`;
const CANARY = `${ISTIOD}-canary`;
const SPEC: JsonObject = { gateways: { egress: { enabled: false } }, addons: { prometheus: { enabled: false }, grafana: { enabled: false }, kiali: { enabled: false } }, tracing: { type: 'None' } };
const asking = (version: string, namespaces?: readonly string[]): ReturnType<typeof controlPlane> =>
  controlPlane({ ...SPEC, version, ...(namespaces === undefined ? {} : { updateStrategy: { canary: { version: 'v1.31', namespaces } } }) });

const member = (name: string): ReturnType<typeof namespace> => namespace(name, { 'maistra.io/member-of': MESH });
const find = (story: Story, type: typeof kinds.SERVICE, name: string): object | undefined => story.find({ type, name, ...(type.namespaced ? { namespace: MESH } : {}) });

/** Which istiod the API server asks about a pod in a member. */
function injectorOf(story: Story, name: string): string {
  const labels = member(name).metadata.labels;
  const found = [ISTIOD, CANARY].flatMap((istiod) => objectsAt(find(story, kinds.MUTATING_WEBHOOK, `${istiod}-${MESH}`), 'webhooks'))
    .filter((entry) => matchesSelector(valueAt(entry, 'namespaceSelector') as LabelSelector, labels));
  return found.map((entry) => textAt(entry, 'clientConfig', 'service', 'name')).join(' and ');
}

/** Version of the istiod behind a name; '' while nobody is. */
function behind(story: Story, service: string): string {
  const revision = textAt(find(story, kinds.SERVICE, service), 'spec', 'selector', 'istio.io/rev');
  const [container] = objectsAt(find(story, kinds.DEPLOYMENT, `istiod-${revision}`), 'spec', 'template', 'spec', 'containers');
  return textAt(container, 'image').split(':')[1] ?? '';
}

function pod(story: Story, name: string, revision: string, version: string): void {
  story.cluster.put(kinds.POD, withMeta(injected(name, `${name}-1`, markText({ mesh: MESH, revision, version, settings: 'x' })), { uid: name }));
  story.lines.push(`a pod of ${name} gets a sidecar of ${revision}, ${version}`);
}

const conditionOf = (story: Story): string => textAt(objectsAt(story.find({ type: kinds.CONTROL_PLANE, name: NAME, namespace: MESH }), 'status', 'conditions').find(({ type }) => type === 'Canary'), 'reason');

function installed(): Story {
  const story = new Story([controlPlaneController({ facts: OPERATOR_FACTS, charts: CHARTS })], { seed: 1, unserved: [kinds.ROUTE, kinds.KIALI, kinds.NETWORK_ATTACHMENT_DEFINITION] });
  for (const object of [namespace(MESH), member('a'), member('b')]) story.cluster.put(kinds.NAMESPACE, object);
  story.user('a mesh of v1.30', kinds.CONTROL_PLANE, asking('v1.30'));
  story.settle();
  story.cluster.put(kinds.CONFIG_MAP, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio-ca-root-cert', namespace: MESH }, data: { 'root-cert.pem': 'the root' } });
  for (const name of [ISTIOD, 'istio-ingressgateway']) { story.podsReady(name); story.settle(); }
  return story;
}

function change(story: Story, headline: string, smcp: ReturnType<typeof controlPlane>): string[] {
  const from = story.lines.length;
  story.user(headline, kinds.CONTROL_PLANE, smcp);
  story.settle();
  return story.lines.slice(from);
}

/** A canary whose istiod is ready, and the members that are to move. */
function tried(namespaces: readonly string[]): Story {
  const story = installed();
  change(story, 'a canary', asking('v1.30', namespaces));
  story.podsReady(CANARY);
  story.settle();
  return story;
}

test('story: a canary is installed, members move to it one by one and back, and the mesh follows', () => {
  const story = installed();
  const begun = change(story, 'a canary for a', asking('v1.30', ['a']));
  assert.deepEqual([injectorOf(story, 'a'), injectorOf(story, 'b'), conditionOf(story)], [ISTIOD, ISTIOD, 'CanaryStarting'], 'nobody moves before its istiod is ready');
  assert.ok(!begun.some((line) => line.includes(`Deployment ${MESH}/${ISTIOD}`) && !line.includes(CANARY)), 'the old istiod is not touched');
  story.podsReady(CANARY);
  story.settle();
  assert.deepEqual([injectorOf(story, 'a'), injectorOf(story, 'b'), behind(story, CANARY), behind(story, ISTIOD), conditionOf(story)], [CANARY, ISTIOD, '1.31.1', '1.30.3', 'CanaryServing']);
  pod(story, 'a', `${NAME}-canary`, '1.31.1');
  change(story, 'a goes back, b tries', asking('v1.30', ['b', 'stranger']));
  assert.deepEqual([injectorOf(story, 'a'), injectorOf(story, 'b')], [ISTIOD, CANARY]);
  change(story, 'both', asking('v1.30', ['a', 'b']));
  pod(story, 'b', `${NAME}-canary`, '1.31.1');
  change(story, 'all is well: the mesh is of v1.31', asking('v1.31', ['a', 'b']));
  assert.deepEqual([injectorOf(story, 'a'), behind(story, CANARY), conditionOf(story)], [CANARY, '1.31.1', 'CanaryServing'], 'who has moved stays until the istiod of the mesh is ready');
  story.podsReady(ISTIOD);
  story.settle();
  assert.equal(textAt(find(story, kinds.SERVICE, CANARY), 'spec', 'selector', 'istio.io/rev'), NAME, 'the name leads to the istiod of the mesh');
  story.podsReady('istio-ingressgateway');
  story.settle();
  assert.deepEqual([injectorOf(story, 'a'), injectorOf(story, 'b'), behind(story, CANARY), find(story, kinds.DEPLOYMENT, CANARY), conditionOf(story)], [ISTIOD, ISTIOD, '1.31.1', undefined, 'CanaryTakenOver']);
  assert.match(JSON.stringify(find(story, kinds.DEPLOYMENT, ISTIOD)), new RegExp(`"ISTIOD_CUSTOM_HOST","value":"${CANARY}\\.${MESH}\\.svc"`));
  const from = story.lines.length;
  for (const name of ['a', 'b']) pod(story, name, NAME, '1.31.1');
  story.settle();
  assert.equal(find(story, kinds.SERVICE, CANARY), undefined);
  assert.ok(!story.lines.slice(from).some((line) => line.includes('apply Deployment')), 'no istiod restarts because a name goes');
  assert.equal(conditionOf(story), '');
  const file = join(import.meta.dirname, 'canary.golden.log');
  const text = `${story.lines.join('\n').trim()}\n`;
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text);
  assert.equal(text, readFileSync(file, 'utf8'), 'the story differs; look at the difference, then UPDATE_GOLDEN=1');
});

test('a canary taken back: its istiod stays for pods that run its sidecars, and goes with the last of them; the old istiod is never touched', () => {
  const story = tried(['a']);
  pod(story, 'a', `${NAME}-canary`, '1.31.1');
  const from = story.lines.length;
  change(story, 'no canary', asking('v1.30'));
  assert.deepEqual([injectorOf(story, 'a'), behind(story, CANARY), conditionOf(story)], [ISTIOD, '1.31.1', 'CanaryLeaving']);
  story.cluster.carryOut({ do: 'remove', ref: refOf(kinds.POD, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a-1', namespace: 'a' } }) });
  story.settle();
  assert.deepEqual([find(story, kinds.DEPLOYMENT, CANARY), find(story, kinds.SERVICE, CANARY), find(story, kinds.CONFIG_MAP, `istio-${NAME}-canary`), conditionOf(story)], [undefined, undefined, undefined, '']);
  assert.ok(!story.lines.slice(from).some((line) => line.includes(`apply Deployment ${MESH}/${ISTIOD}`) && !line.includes(CANARY)));
});

test('a canary whose istiod is not ready for a moment keeps its members', () => {
  const story = tried(['a']);
  const istiod = story.find({ type: kinds.DEPLOYMENT, name: CANARY, namespace: MESH });
  assert.ok(istiod);
  story.cluster.putStatus(kinds.DEPLOYMENT, istiod, { observedGeneration: istiod.metadata.generation ?? 1, replicas: 1, readyReplicas: 0, conditions: [] });
  story.settle();
  assert.equal(injectorOf(story, 'a'), CANARY);
});

test('a canary two minors ahead, or of an unknown version, is refused by name; one that is no newer than the mesh is none', () => {
  const story = installed();
  const message = (): string => textAt(objectsAt(story.find({ type: kinds.CONTROL_PLANE, name: NAME, namespace: MESH }), 'status', 'conditions').find(({ type }) => type === 'Reconciled'), 'message');
  change(story, 'unknown', controlPlane({ ...SPEC, version: 'v1.30', updateStrategy: { canary: { version: 'v9.9' } } }));
  assert.match(message(), /^spec\.updateStrategy\.canary\.version: this operator has no Istio "v9\.9"; choose one of .*, or remove spec\.updateStrategy\.canary\.version$/);
  change(story, 'older', controlPlane({ ...SPEC, version: 'v1.30', updateStrategy: { canary: { version: 'v1.29', namespaces: ['a'] } } }));
  assert.deepEqual([find(story, kinds.DEPLOYMENT, CANARY), injectorOf(story, 'a'), conditionOf(story)], [undefined, ISTIOD, '']);
  const [from, ahead] = ['v1.29', 'v1.31'].map((version) => chooseVersion(version)).map((chosen) => (chosen.ok ? chosen.value : assert.fail(chosen.error.message)));
  assert.ok(from && ahead);
  assert.match(canaryProblem(ahead, from)?.message ?? '', /^spec\.updateStrategy\.canary\.version: the mesh is of Istio 1\.29\.6, and 1\.31\.1 is more than one minor away; choose the next minor$/);
});
