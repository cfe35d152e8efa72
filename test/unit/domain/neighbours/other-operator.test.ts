import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foreignOwners, liveOperator, type OperatorSigns } from '../../../../src/domain/neighbours/other-operator.ts';
import { neighbourReport } from '../../../../src/domain/neighbours/report.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { deleting, namespace, NOW, smcp } from '../../../build/mesh-objects.ts';

const named = (kind: string, name: string, more: object = {}): KubeObject => ({ apiVersion: 'v1', kind, metadata: { name, ...more } });
const deployment = (at: string, replicas?: number, name = 'istio-operator'): KubeObject => ({ ...named('Deployment', name, { namespace: at }), spec: replicas === undefined ? {} : { replicas } });
const hook = named('ValidatingWebhookConfiguration', 'openshift-operators.servicemesh-resources.maistra.io');
const definition = (owner: string): KubeObject => named('CustomResourceDefinition', 'servicemeshcontrolplanes.maistra.io', { labels: { [`operators.coreos.com/${owner}`]: '', 'olm.managed': 'true' } });
const OLM = definition('servicemeshoperator.openshift-operators');

const CASES: readonly (readonly [string, Partial<OperatorSigns>, string | undefined])[] = [
  ['its Deployment in the namespace of its webhooks', { deployments: [deployment('openshift-operators')], webhookConfigurations: [hook] }, 'openshift-operators/istio-operator'],
  ['its Deployment in the namespace of its OLM package', { deployments: [deployment('openshift-operators', 1)], definitions: [OLM] }, 'openshift-operators/istio-operator'],
  ['scaled to nothing', { deployments: [deployment('openshift-operators', 0)], webhookConfigurations: [hook] }, undefined],
  ['webhooks that it left behind', { webhookConfigurations: [hook], definitions: [OLM] }, undefined],
  ['a Deployment of that name that a tenant made', { deployments: [deployment('shop')], webhookConfigurations: [hook], definitions: [OLM] }, undefined],
  ['another Deployment in its namespace', { deployments: [deployment('openshift-operators', 1, 'other')], webhookConfigurations: [hook] }, undefined],
  ['an operator of Istio itself', { deployments: [deployment('istio-operator')] }, undefined],
  ['our own OLM package', { deployments: [deployment('operators')], definitions: [definition('tenant-mesh-operator.operators')] }, undefined],
];
const signs = (some: Partial<OperatorSigns>): OperatorSigns => ({ deployments: [], webhookConfigurations: [], definitions: [], ...some });

for (const [what, some, live] of CASES) {
  test(`${what}: ${live === undefined ? 'no live operator' : 'a live operator'}`, () => { assert.equal(liveOperator(signs(some)), live); });
}

test('OLM packages that own our CRDs are named, ours is not', () => {
  assert.deepEqual(foreignOwners([OLM, definition('tenant-mesh-operator.operators'), named('CustomResourceDefinition', 'kialis.kiali.io', { labels: { 'operators.coreos.com/kiali.x': '' } })]), ['servicemeshoperator']);
});

const LIVE = signs({ deployments: [deployment('openshift-operators')], webhookConfigurations: [hook] });
const own = namespace('operators');
const report = (some: OperatorSigns, planes: readonly KubeObject[], stepsBack = true): string[] =>
  neighbourReport({ signs: some, stepsBack, controlPlanes: planes, namespace: own }, NOW).map(({ object, status }) => `${object.kind} ${JSON.stringify(status['conditions'])}`);

test('while it runs, every control plane and our namespace say so, once, beside the conditions that are there', () => {
  const condition = { type: 'Ready', status: 'True', reason: 'ComponentsReady', message: '', lastTransitionTime: '2029-01-01T00:00:00Z' };
  const plane = { ...smcp('mesh-a'), status: { conditions: [condition] } };
  const [place, smcpWrite] = neighbourReport({ signs: LIVE, stepsBack: true, controlPlanes: [plane, deleting(smcp('mesh-b'))], namespace: own }, NOW);
  assert.match(JSON.stringify(place?.status), /"maistra.io\/ForeignOperator","status":"True","reason":"ForeignOperator".*openshift-operators\/istio-operator of OpenShift Service Mesh 2 runs.*--replicas=0/);
  assert.deepEqual([smcpWrite?.only, (smcpWrite?.status['conditions'] as { type: string }[]).map(({ type }) => type)], [['conditions'], ['Ready', 'ForeignOperator']]);
  assert.equal(report(LIVE, [{ ...plane, status: smcpWrite?.status }]).length, 1, 'nothing more to say on a control plane that says it');
  assert.equal(report(LIVE, [plane], false).length, 1, 'told to take over, ours writes the status itself');
});

test('an owner that does not run is told of on our namespace only; without neighbours there is nothing to say', () => {
  const [line, ...more] = report(signs({ definitions: [OLM] }), [smcp('mesh-a')]);
  assert.match(line ?? '', /^Namespace .*ForeignOwner.*OLM package servicemeshoperator; its next upgrade would replace them/);
  assert.deepEqual([more, report(signs({}), [smcp('mesh-a')])], [[], []]);
});
