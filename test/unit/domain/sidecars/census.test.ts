import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { censusOf, outdatedNames, type Census } from '../../../../src/domain/sidecars/census.ts';
import { markText, parseMark } from '../../../../src/domain/sidecars/mark.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { deleting, pod } from '../../../build/mesh-objects.ts';
import { injected, injector, mark } from './sidecar-objects.ts';

const CONTROL_PLANE = { namespace: 'mesh-a', name: 'basic' };
const census = (pods: readonly KubeObject[], webhooks: readonly KubeObject[] = [injector()]): Census => censusOf(pods, { webhooks, controlPlane: CONTROL_PLANE, namespaceLabels: {} });

test('a pod is current when its mark is the one that is given now; the others say what they have instead', () => {
  const { current, outdated, missing, now } = census([
    injected('pay', 'new', mark()), injected('pay', 'older', mark('1.30.3', 'other')), injected('pay', 'set', mark('1.31.1', 'other')), injected('pay', 'unknown', undefined),
    injected('pay', 'moved', mark('1.31.1', 'same', 'basic', 'mesh-b')), injected('pay', 'canary', mark('1.31.1', 'x', 'basic-canary')), injected('pay', 'odd', 'nonsense'),
    pod('pay', 'bare', { 'sidecar.istio.io/inject': 'true' }), pod('pay', 'silent', {}), deleting(injected('pay', 'going', mark('1.30.3'))),
  ]);
  assert.deepEqual(current.map(({ metadata }) => metadata.name), ['new']);
  assert.deepEqual(outdatedNames(outdated), ['older (1.30.3)', 'set (other settings)', 'unknown (version unknown)', 'moved (of mesh mesh-b)', 'canary (of revision basic-canary)', 'odd (version unknown)']);
  assert.deepEqual(missing.map(({ metadata }) => metadata.name), ['bare']);
  assert.equal(now?.version, '1.31.1');
});

test('while it is not known what is given now, no pod is outdated', () => {
  const old = [injected('pay', 'a', mark('1.30.3'))];
  const unsaid = { ...injector(), metadata: { name: 'istiod-basic-mesh-a' } };
  for (const webhooks of [[], [unsaid], [injector(mark(), { matchLabels: { in: 'none' } })], [injector(mark(), {}, 'istiod-basic-mesh-b')]]) assert.deepEqual(census(old, webhooks).outdated, []);
});

test('law: no pod is in two lists, and none is invented', () => {
  const anyPod = fc.record({ given: fc.option(fc.constantFrom(mark(), mark('1.30.3'), 'x'), { nil: undefined }), is: fc.constantFrom('injected', 'asks', 'silent', 'going') });
  fc.assert(fc.property(fc.array(anyPod, { maxLength: 12 }), (wanted) => {
    const pods = wanted.map(({ given, is }, i) => {
      if (is === 'injected' || is === 'going') return is === 'going' ? deleting(injected('pay', `p${i}`, given)) : injected('pay', `p${i}`, given);
      return pod('pay', `p${i}`, is === 'asks' ? { 'sidecar.istio.io/inject': 'true' } : {});
    });
    const { current, outdated, missing } = census(pods);
    const told = [...current, ...outdated.map((entry) => entry.pod), ...missing];
    assert.equal(new Set(told).size, told.length);
    assert.ok(told.every((found) => pods.includes(found)));
    assert.equal(told.length, wanted.filter(({ is }) => is === 'injected' || is === 'asks').length);
  }));
});

test('law: a mark is read as it was written', () => {
  const word = fc.stringMatching(/^[a-z0-9.-]{1,20}$/);
  fc.assert(fc.property(fc.record({ mesh: word, revision: word, version: word, settings: word }), (given) => { assert.deepEqual(parseMark(markText(given)), { ...given }); }));
  for (const text of [undefined, '', 'a/b 1.31.1', 'a b c', 'a/b 1 c d']) assert.equal(parseMark(text), undefined);
});
