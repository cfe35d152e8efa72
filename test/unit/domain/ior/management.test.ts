import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isIorEnabled, managementOf } from '../../../../src/domain/ior/management.ts';
import { gateway, smcp } from '../../../build/mesh-objects.ts';

const annotated = (annotations: Readonly<Record<string, string>>): ReturnType<typeof managementOf> => managementOf(gateway('pay', 'web', {}, { annotations }));

test('a Gateway is managed unless it says otherwise', () => {
  assert.deepEqual(managementOf(gateway('pay', 'web', {})), { management: 'managed', problems: [] });
});

test('manageRoute takes what a Go bool takes', () => {
  for (const value of ['1', 't', 'T', 'TRUE', 'true', 'True']) assert.equal(annotated({ 'maistra.io/manageRoute': value }).management, 'managed');
  for (const value of ['0', 'f', 'F', 'FALSE', 'false', 'False']) assert.equal(annotated({ 'maistra.io/manageRoute': value }).management, 'removed');
});

test('a bad value is reported and does not stop anything', () => {
  for (const value of ['no', '', 'yes', 'tRUE', 'false ']) {
    const { management, problems } = annotated({ 'maistra.io/manageRoute': value });
    assert.equal(management, 'managed');
    assert.deepEqual(problems.map((problem) => [problem.path, problem.value, problem.reason]), [['metadata.annotations["maistra.io/manageRoute"]', value, 'InvalidManageRoute']]);
  }
});

test('opting out with routeOnOptOut: keep leaves the Routes to the user; without opting out it says nothing', () => {
  assert.equal(annotated({ 'maistra.io/manageRoute': 'false', 'maistra.io/routeOnOptOut': 'keep' }).management, 'released');
  assert.equal(annotated({ 'maistra.io/manageRoute': 'false', 'maistra.io/routeOnOptOut': 'other' }).management, 'removed');
  assert.equal(annotated({ 'maistra.io/routeOnOptOut': 'keep' }).management, 'managed');
});

test('IOR is on only if the spec says so, and needs the ingress gateway', () => {
  const isOn = (gateways: object): boolean => isIorEnabled(smcp('mesh-a', 'basic', { gateways }));
  assert.equal(isOn({ openshiftRoute: { enabled: true } }), true);
  assert.equal(isOn({ openshiftRoute: { enabled: false } }), false);
  assert.equal(isOn({ openshiftRoute: {} }), false);
  assert.equal(isOn({}), false);
  assert.equal(isOn({ openshiftRoute: { enabled: true }, enabled: false }), false);
  assert.equal(isOn({ openshiftRoute: { enabled: true }, ingress: { enabled: false } }), false);
  assert.equal(isIorEnabled(smcp('mesh-a')), false);
  assert.equal(isIorEnabled(undefined), false);
});
