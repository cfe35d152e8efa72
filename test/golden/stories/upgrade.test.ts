import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as kinds from '../../../src/api/kinds.ts';
import { controlPlaneController } from '../../../src/controllers/control-plane/index.ts';
import { valueAt, type JsonObject } from '../../../src/lib/json.ts';
import { CHARTS, controlPlane, MESH, NAME, OPERATOR_FACTS } from '../../build/control-plane.ts';
import { namespace } from '../../build/mesh-objects.ts';
import { Story } from '../../support/story.ts';

/*
 * A mesh moved to a newer Istio: istiod first, then what it injects, then the gateways; and back: what it injects and the gateways, then istiod.
 * Nothing is taken away before its successor serves.
 */

const ISTIOD = `istiod-${NAME}`;
const GATEWAYS = ['istio-ingressgateway', 'istio-egressgateway'];
const SPEC: JsonObject = { addons: { grafana: { enabled: false }, kiali: { enabled: false } }, tracing: { type: 'None' } };

function deployment(story: Story, name: string): object {
  return story.find({ type: kinds.DEPLOYMENT, name, namespace: MESH }) ?? {};
}

/** Tags of what runs and of what is injected. */
function versions(story: Story): Record<string, string> {
  const tagOf = (name: string): string => String((valueAt(deployment(story, name), 'spec', 'template', 'spec', 'containers') as readonly { readonly image: string }[])[0]?.image.split(':')[1]);
  const values = valueAt(story.find({ type: kinds.CONFIG_MAP, name: `istio-sidecar-injector-${NAME}`, namespace: MESH }), 'data', 'values');
  const injected = JSON.parse(String(values)) as { readonly global: { readonly tag: string; readonly proxy: { readonly image: string } } };
  assert.ok(injected.global.proxy.image.endsWith(`:${injected.global.tag}`));
  return { istiod: tagOf(ISTIOD), injected: injected.global.tag, ingress: tagOf('istio-ingressgateway'), egress: tagOf('istio-egressgateway') };
}

/** A rolling update with the new pod beside the old one, which is the one that is ready. */
function besideTheOld(story: Story, name: string): void {
  const found = story.find({ type: kinds.DEPLOYMENT, name, namespace: MESH });
  assert.ok(found);
  const status = { observedGeneration: found.metadata.generation ?? 1, replicas: 2, readyReplicas: 1, updatedReplicas: 1, conditions: [{ type: 'Available', status: 'True' }] };
  story.cluster.putStatus(kinds.DEPLOYMENT, found, status);
  story.lines.push(`a new pod of ${name} beside the old one`);
}

function installed(version: string, seed: number): Story {
  const story = new Story([controlPlaneController({ facts: OPERATOR_FACTS, charts: CHARTS })], { seed, unserved: [kinds.ROUTE, kinds.KIALI, kinds.NETWORK_ATTACHMENT_DEFINITION] });
  story.cluster.put(kinds.NAMESPACE, namespace(MESH));
  story.user(`a mesh of ${version}`, kinds.CONTROL_PLANE, controlPlane({ ...SPEC, version }));
  story.settle();
  story.cluster.put(kinds.CONFIG_MAP, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio-ca-root-cert', namespace: MESH }, data: { 'root-cert.pem': 'the root' } });
  for (const names of [[ISTIOD], ['prometheus'], GATEWAYS]) {
    story.podsReady(...names);
    story.settle();
  }
  return story;
}

function recorded(story: Story): { readonly moments: Record<string, string>[]; readonly settle: () => void } {
  const moments: Record<string, string>[] = [];
  return { moments, settle: () => { story.settle(); moments.push(versions(story)); } };
}

function moved(from: string, to: string, options: { readonly seed: number; readonly order: readonly (readonly string[])[] }): { readonly story: Story; readonly moments: readonly Record<string, string>[] } {
  const story = installed(from, options.seed);
  const { moments, settle } = recorded(story);
  story.user(`the same mesh, ${to}`, kinds.CONTROL_PLANE, controlPlane({ ...SPEC, version: to }));
  settle();
  for (const names of options.order) {
    for (const name of names) besideTheOld(story, name);
    settle();
    story.podsReady(...names);
    settle();
  }
  return { story, moments };
}

const upgraded = (from: string, to: string, seed: number): ReturnType<typeof moved> => moved(from, to, { seed, order: [[ISTIOD], GATEWAYS] });
const wentBack = (from: string, to: string, seed: number): ReturnType<typeof moved> => moved(from, to, { seed, order: [GATEWAYS, [ISTIOD]] });

function compareStory(name: string, story: Story): void {
  const file = join(import.meta.dirname, `${name}.golden.log`);
  const text = `${story.lines.join('\n').trim()}\n`;
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text);
  assert.equal(text, readFileSync(file, 'utf8'), 'the story differs; look at the difference, then UPDATE_GOLDEN=1');
}

test('story: a mesh moves from one minor to the next', () => compareStory('upgrade', upgraded('v1.30', 'v1.31', 1).story));

test('story: a mesh goes back to the minor before', () => compareStory('back', wentBack('v1.31', 'v1.30', 1).story));

for (const [from, to, old, young] of [['v1.30', 'v1.31', '1.30.3', '1.31.1'], ['1.31.0', '1.31.1', '1.31.0', '1.31.1'], ['v1.29', 'v1.30', '1.29.6', '1.30.3']] as const) {
  test(`${from} to ${to}: no proxy is ever newer than istiod, and no gateway changes before istiod is ready`, () => {
    for (const seed of [2, 3]) {
      const { story, moments } = upgraded(from, to, seed);
      const before = { istiod: young, injected: old, ingress: old, egress: old };
      const done = { istiod: young, injected: young, ingress: young, egress: young };
      assert.deepEqual(moments, [before, before, done, done, done], `seed ${seed}`);
      assert.match(story.lines.at(-1) ?? '', /Reconciled=True\/UpdateSuccessful Ready=True\/ComponentsReady/);
    }
  });
}

for (const [from, to, young, old] of [['v1.31', 'v1.30', '1.31.1', '1.30.3'], ['1.31.1', '1.31.0', '1.31.1', '1.31.0']] as const) {
  test(`${from} back to ${to}: istiod goes last, once no gateway has a newer pod`, () => {
    for (const seed of [2, 3]) {
      const { story, moments } = wentBack(from, to, seed);
      const before = { istiod: young, injected: old, ingress: old, egress: old };
      const done = { istiod: old, injected: old, ingress: old, egress: old };
      assert.deepEqual(moments, [before, before, done, done, done], `seed ${seed}`);
      assert.match(story.lines.at(-1) ?? '', /Reconciled=True\/UpdateSuccessful Ready=True\/ComponentsReady/);
      assert.equal(story.lines.filter((line) => line.includes('Reconciled=True')).length, 2, 'success is said once per move');
    }
  });
}

test('a minor that is skipped is refused, nothing is written, and one step at a time leads there', () => {
  const story = installed('v1.29', 1);
  story.user('two minors at once', kinds.CONTROL_PLANE, controlPlane({ ...SPEC, version: 'v1.31' }));
  story.settle();
  assert.equal(versions(story)['istiod'], '1.29.6');
  assert.match(story.lines.at(-1) ?? '', /Reconciled=False\/UnsupportedUpgrade .*Stalled=True\/UnsupportedUpgrade/);
  story.user('one', kinds.CONTROL_PLANE, controlPlane({ ...SPEC, version: 'v1.30' }));
  story.settle();
  story.user('the second before the first is done', kinds.CONTROL_PLANE, controlPlane({ ...SPEC, version: 'v1.31' }));
  story.settle();
  assert.deepEqual([versions(story)['istiod'], versions(story)['ingress']], ['1.30.3', '1.29.6'], 'the gateways come first');
  assert.match(story.lines.at(-1) ?? '', /Stalled=True\/UnsupportedUpgrade/);
});

test('old pods of gateways and of istiod serve until their successors do, and leave gracefully', () => {
  const story = installed('v1.31', 1);
  for (const name of GATEWAYS) assert.deepEqual(valueAt(deployment(story, name), 'spec', 'strategy'), { type: 'RollingUpdate', rollingUpdate: { maxSurge: '100%', maxUnavailable: 0 } }, name);
  const istiod = valueAt(deployment(story, ISTIOD), 'spec', 'strategy', 'rollingUpdate');
  assert.equal(valueAt(istiod, 'maxSurge'), '100%');
  assert.equal(Math.floor(Number.parseInt(String(valueAt(istiod, 'maxUnavailable')), 10) / 100), 0, 'a share of one pod is rounded down to none');
});

test('what the webhooks call is not touched by an upgrade', () => {
  const webhooksOf = (story: Story): unknown => valueAt(story.find({ type: kinds.MUTATING_WEBHOOK, name: `${ISTIOD}-${MESH}` }), 'webhooks');
  const selectorOf = (story: Story): unknown => valueAt(story.find({ type: kinds.SERVICE, name: ISTIOD, namespace: MESH }), 'spec');
  const before = installed('v1.30', 1);
  const { story: after } = upgraded('v1.30', 'v1.31', 1);
  assert.ok(webhooksOf(before));
  assert.deepEqual(webhooksOf(after), webhooksOf(before));
  assert.deepEqual(selectorOf(after), selectorOf(before));
});
