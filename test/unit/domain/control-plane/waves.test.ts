import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { COMPONENTS, LAST_WAVE, waveOf } from '../../../../src/domain/control-plane/components.ts';
import type { ComponentReadiness } from '../../../../src/domain/control-plane/readiness.ts';
import { renderMesh, type RenderedComponent } from '../../../../src/domain/control-plane/render.ts';
import { stagesOf, wavesOf } from '../../../../src/domain/control-plane/waves.ts';
import { CHARTS, OPENSHIFT, valuesInput } from '../../../build/control-plane.ts';

const components: readonly RenderedComponent[] = COMPONENTS.map(({ name, wave }) => ({ name, wave, objects: [], unservedKinds: [], lacking: [], absentGateways: [] }));
const readiness = (gates: readonly string[]): ComponentReadiness[] =>
  components.map(({ name }) => ({ name, state: gates.includes(name) ? 'unready' : 'ready', reason: '', isGate: gates.includes(name), hasWorkload: true }));
const namesOf = (list: readonly RenderedComponent[]): string[] => list.map(({ name }) => name);

test('istiod first, then Prometheus, then gateways, then the consoles', () => {
  const names = (wave: number): string[] => COMPONENTS.filter((row) => row.wave === wave).map(({ name }) => name);
  assert.deepEqual([0, 1, 2, 3].map(names), [['istio-discovery', 'mesh-config'], ['telemetry-common', 'prometheus'], ['istio-ingress', 'istio-egress'], ['tracing', 'grafana', 'kiali']]);
  assert.equal(COMPONENTS.length, 9);
  assert.equal(waveOf('of an older operator'), LAST_WAVE);
});

test('nothing after the first wave that is not ready goes in', () => {
  const waves = wavesOf(components, readiness(['prometheus', 'kiali']));
  assert.deepEqual(namesOf(waves.components), ['istio-discovery', 'mesh-config', 'telemetry-common', 'prometheus']);
  assert.deepEqual([waves.waitingFor, waves.isAllIn], [['prometheus'], false]);
});

test('when only the last wave is not ready, everything is in', () => {
  const waves = wavesOf(components, readiness(['kiali', 'grafana']));
  assert.deepEqual([waves.isAllIn, waves.waitingFor], [true, ['grafana', 'kiali']]);
  assert.deepEqual(wavesOf(components, readiness([])).waitingFor, []);
});

test('law: a component is held back exactly if one of an earlier wave is a gate', () => {
  fc.assert(fc.property(fc.subarray(components.map(({ name }) => name)), (gates) => {
    const going = new Set(namesOf(wavesOf(components, readiness(gates)).components));
    for (const { name, wave } of components) {
      const isHeldUp = components.some((other) => other.wave < wave && gates.includes(other.name));
      assert.equal(going.has(name), !isHeldUp, name);
    }
  }));
});

test('in every wave pods come after what they need, and a binding after its role', () => {
  const stages = stagesOf(renderMesh(valuesInput({}, { facts: OPENSHIFT }), CHARTS).components);
  assert.equal(stages.length, 8);
  const kindsIn = stages.map((stage) => new Set(stage.map((step) => (step.do === 'apply' ? step.object.kind : step.do))));
  for (const [index, kinds] of kindsIn.entries()) assert.equal(kinds.has('Deployment'), index % 2 === 1, `stage ${index}`);
  assert.ok(kindsIn.every((kinds) => !(kinds.has('Role') && kinds.has('RoleBinding'))));
});

test('minted values are asked for, never written', () => {
  const steps = stagesOf(renderMesh(valuesInput(), CHARTS).components).flat();
  assert.equal(steps.filter((step) => step.do === 'apply' && step.object.kind === 'Secret').length, 0);
  const mints = steps.flatMap((step) => (step.do === 'mint' ? [step.request] : []));
  assert.deepEqual(mints.map(({ object, values }) => [object.metadata.name, Object.keys(values)]), [['htpasswd', ['rawPassword', 'auth', 'session_secret', 'kiali_signing_key']]]);
});
