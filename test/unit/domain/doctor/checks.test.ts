import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doctorText } from '../../../../src/cli/doctor/text.ts';
import { CHECKS, examine } from '../../../../src/domain/doctor/checks.ts';
import { outdatedSidecars } from '../../../../src/domain/doctor/members.ts';
import type { DoctorFacts } from '../../../../src/domain/doctor/facts.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { namespace, NOW, smcp } from '../../../build/mesh-objects.ts';
import { injected, injector, mark } from '../sidecars/sidecar-objects.ts';

const BARE: DoctorFacts = {
  now: NOW, tmeshVersion: '0.1.0', serverVersion: 'v1.34.4', operatorNamespace: 'tenant-mesh-operator', controlPlanes: [], rolls: [], members: [], namespaces: [], definitions: [], ownDefinitions: [], unserved: [],
  isOpenShift: false, deployments: [], daemonSets: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'calico-node' } }], istios: [], gatewayClasses: [], validatingWebhooks: [], mutatingWebhooks: [],
  webhookServices: new Map(), certificates: [], rootCerts: [], pods: [], gateways: [], ingressControllers: [], unread: new Map(),
};
const lease = (holderIdentity: string, renewTime: string): KubeObject => ({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'tenant-mesh-operator' }, spec: { holderIdentity, renewTime } });
const stateOf = (facts: DoctorFacts, check: string): string | undefined => examine(facts).find((examined) => examined.check === check)?.state;

test('before installation: what is not there yet is no fault, and what stands in the way is', () => {
  const states = examine(BARE).map(({ state }) => state);
  assert.deepEqual([...new Set(states)].toSorted(), ['ok', 'skipped']);
  assert.equal(states.filter((state) => state === 'skipped').length, CHECKS.filter(({ when }) => when === 'installed').length);
  assert.equal(stateOf({ ...BARE, serverVersion: 'v1.29.9' }, 'kubernetes-version'), 'error');
  assert.equal(stateOf({ ...BARE, daemonSets: [] }, 'network-policies'), 'warning');
});

test('what could not be read is unknown, not well; what is seen all the same is told', () => {
  const facts = { ...BARE, unread: new Map([['DaemonSet', 'daemonsets is forbidden'], ['Namespace', 'namespaces is forbidden']]) };
  assert.equal(stateOf(facts, 'network-policies'), 'unknown');
  assert.equal(stateOf({ ...facts, daemonSets: [] }, 'network-policies'), 'warning');
  assert.match(doctorText({ checks: examine(facts), mended: [] }, false), /\n\? {8}network-policies {7}daemonsets is forbidden\n[\s\S]*30 checks: 0 errors, 0 warnings; \d could not look\n$/);
});

test('an operator works while it renews its Lease', () => {
  const at = (seconds: number): string => new Date(NOW.getTime() - seconds * 1000).toISOString();
  assert.equal(stateOf({ ...BARE, lease: lease('pod-1', at(5)) }, 'operator'), 'ok');
  assert.equal(stateOf({ ...BARE, lease: lease('pod-1', at(90)) }, 'operator'), 'error');
  assert.equal(stateOf({ ...BARE, lease: lease('', at(5)) }, 'operator'), 'error');
});

test('outdated sidecars: named with what they have and the restart that renews them; current ones are well', () => {
  const facts = { ...BARE, controlPlanes: [smcp('mesh-a')], namespaces: [namespace('pay', { 'maistra.io/member-of': 'mesh-a' })], mutatingWebhooks: [injector()], pods: [injected('pay', 'web-0', mark('1.30.3')), injected('pay', 'web-1', mark())] };
  const [finding, ...more] = outdatedSidecars(facts);
  assert.deepEqual([more, finding?.about, finding?.message, finding?.remedy], [[], 'Namespace pay', '1 pods run another sidecar than mesh mesh-a gives now (Istio 1.31.1): web-0 (1.30.3)', 'kubectl get pods -n pay']);
  assert.deepEqual(outdatedSidecars({ ...facts, mutatingWebhooks: [injector(mark('1.30.3'))] }).map(({ message }) => message), ['1 pods run another sidecar than mesh mesh-a gives now (Istio 1.30.3): web-1 (1.31.1)']);
});

test('--fix is offered for what takes nothing from anybody, and every finding names a remedy', () => {
  const left = { ...BARE, namespaces: [namespace('lost', { 'maistra.io/member-of': 'ghost' })], controlPlanes: [smcp('mesh', 'a'), smcp('mesh', 'b')] };
  const findings = examine(left).flatMap((examined) => examined.findings.map((finding) => ({ check: examined.check, ...finding })));
  assert.deepEqual(findings.map(({ check, fix }) => [check, fix !== undefined]), [['control-planes', false], ['leftover-labels', true]]);
  assert.ok(findings.every(({ remedy }) => /^(?:kubectl|tmesh) /.test(remedy)));
  const text = doctorText({ checks: examine(left), mended: ['mended: Namespace x patched'] }, true);
  assert.match(text, /^mended: Namespace x patched\n/);
  assert.ok(text.includes('\u001B[31mERROR    \u001B[39mcontrol-planes'), text);
  assert.match(text, /\$ kubectl label namespace lost maistra\.io\/member-of-\n {32} {2}\(tmesh doctor --fix does it\)/);
});
