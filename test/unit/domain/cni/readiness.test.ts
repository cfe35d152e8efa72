import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nodePluginObstacle, type NodePluginObserved } from '../../../../src/domain/cni/readiness.ts';
import { viewOf } from '../../../../src/domain/control-plane/mesh-view.ts';
import type { ControlPlaneObserved } from '../../../../src/domain/control-plane/observed.ts';
import { controlPlaneStatus } from '../../../../src/domain/control-plane/status.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { NOTHING_DONE } from '../../../../src/k8s/plan.ts';
import { isJsonObject, type JsonObject } from '../../../../src/lib/json.ts';
import { CHARTS, controlPlane, inPlace, nodePlugin, observed, SUPPORTED_DAY } from '../../../build/control-plane.ts';

const OPERATORS = 'operators';
const SAIL: KubeObject = {
  apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: 'istio-cni', labels: { 'app.kubernetes.io/name': 'istio-cni' } },
  subjects: [{ kind: 'ServiceAccount', name: 'istio-cni', namespace: 'istio-cni' }],
};

/** `Ready=True/ComponentsReady` and what is said of the plug-in, for a mesh with everything else in place. */
function said(initialization: 'CNI' | 'InitContainer', plugin?: NodePluginObserved): readonly string[] {
  const smcp = controlPlane({ proxy: { networking: { initialization: { type: initialization } } } });
  const state: ControlPlaneObserved = observed(smcp, { managed: inPlace(smcp), ...(plugin === undefined ? {} : { nodePlugin: plugin }) });
  const [write] = controlPlaneStatus(state, viewOf(state, CHARTS), NOTHING_DONE, SUPPORTED_DAY);
  const conditions = Array.isArray(write?.status['conditions']) ? write.status['conditions'].filter((condition): condition is JsonObject => isJsonObject(condition)) : [];
  return conditions.filter(({ type }) => type === 'Ready' || type === 'NodePluginNotReady').map(({ type, status, reason }) => `${String(type)}=${String(status)}/${String(reason)}`);
}

const READY = 'Ready=True/ComponentsReady';

describe('the node plug-in in the status of a mesh', () => {
  it('is not mentioned while every node has a ready agent', () => {
    assert.deepEqual(said('CNI', { daemonSets: [nodePlugin(OPERATORS, 3, 3)] }), [READY]);
  });

  it('is a condition while some nodes have none: the mesh works on the others', () => {
    assert.deepEqual(said('CNI', { daemonSets: [nodePlugin(OPERATORS, 2, 3)] }), [READY, 'NodePluginNotReady=True/NodePluginNotReady']);
  });

  it('makes the mesh unready when no node has one', () => {
    assert.deepEqual(said('CNI', { daemonSets: [nodePlugin(OPERATORS, 0, 3)] }), ['Ready=False/NodePluginNotReady', 'NodePluginNotReady=True/NodePluginNotReady']);
    assert.deepEqual(said('CNI', { daemonSets: [] }), ['Ready=False/NodePluginMissing', 'NodePluginNotReady=True/NodePluginMissing']);
  });

  it('is no matter of a mesh that does without it, nor of one at whose plug-in nobody looked', () => {
    assert.deepEqual(said('InitContainer', { daemonSets: [] }), [READY]);
    assert.deepEqual(said('CNI'), [READY]);
  });
});

describe('what is looked at', () => {
  const message = (given: NodePluginObserved): string => nodePluginObstacle(given, OPERATORS)?.message ?? '';

  it("is the operator's own, and not a tenant's of the same name", () => {
    assert.match(message({ daemonSets: [nodePlugin('tenant', 1, 1)] }), /DaemonSet operators\/istio-cni-node, is not there/);
  });

  it('is the one that somebody else installed, where there is one', () => {
    const daemonSets = [nodePlugin('istio-cni', 0, 2), nodePlugin(OPERATORS, 2, 2)];
    assert.match(message({ daemonSets, otherBinding: SAIL }), /DaemonSet istio-cni\/istio-cni-node, is ready on 0 of 2 nodes/);
    assert.equal(message({ daemonSets }), '');
  });

  it('says how many nodes, and how to see which', () => {
    assert.equal(message({ daemonSets: [nodePlugin(OPERATORS, 2, 3)] }),
      'The node plug-in, DaemonSet operators/istio-cni-node, is ready on 2 of 3 nodes; on the others pods that ask for a sidecar do not start. See: kubectl get pods -n operators -l k8s-app=istio-cni-node -o wide');
    assert.match(message({ daemonSets: [{ ...nodePlugin(OPERATORS, 0, 0), status: {} }] }), /runs on no node; pods that ask for a sidecar do not start\./);
  });
});
