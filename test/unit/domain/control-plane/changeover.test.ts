import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planControlPlane } from '../../../../src/domain/control-plane/plan.ts';
import type { ControlPlaneObserved } from '../../../../src/domain/control-plane/observed.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { available, buildable, controlPlane, inPlace, MESH, NAME, observed, PLAIN, ROOT, SUPPORTED_DAY } from '../../../build/control-plane.ts';

/* From soft to hard isolation: an istiod that serves is exchanged once the scoped API does, and not before. */

const HARD = { ...PLAIN, isolation: 'hard' as const };
const SMCP = controlPlane();
const ISTIOD = `istiod-${NAME}`;
const AUTHORITY: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'tmesh-scoped-api-authority', namespace: 'operators' }, data: { 'ca.crt': ROOT } };
const SCOPED_API: KubeObject = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'tenant-mesh-operator-scoped-api', namespace: 'operators' }, spec: { replicas: 2 } };

const softMesh = (): KubeObject[] => inPlace(SMCP);
const hard = (more: Partial<ControlPlaneObserved>): ControlPlaneObserved => observed(SMCP, { facts: HARD, scopedApiAuthority: AUTHORITY, ...more });

function written(state: ControlPlaneObserved): string[] {
  const plan = planControlPlane(state, buildable(state), SUPPORTED_DAY);
  return plan.stages.flat().map((step) => (step.do === 'apply' ? `apply ${step.object.kind} ${step.object.metadata.name}` : step.do === 'remove' ? `remove ${step.ref.type.kind} ${step.ref.name}` : step.do));
}

const reasonOf = (state: ControlPlaneObserved): string => buildable(state).readiness.find(({ name }) => name === 'istio-discovery')?.reason ?? '';

test('while the scoped API is not there the istiod that serves stays, with its rights, and the reason says so', () => {
  for (const scopedApi of [undefined, SCOPED_API]) {
    const state = hard({ managed: softMesh(), ...(scopedApi === undefined ? {} : { scopedApi }) });
    const steps = written(state);
    assert.ok(!steps.includes(`apply Deployment ${ISTIOD}`), 'it is not exchanged');
    assert.deepEqual(steps.filter((step) => step.startsWith('remove ')), [], 'nothing of it is taken away');
    assert.ok(steps.includes('apply ConfigMap istio-kubeconfig'), 'what it will need is there');
    const reason = reasonOf(state);
    assert.match(reason, new RegExp(`scoped API in namespace ${HARD.operatorNamespace}; .*until then the istiod that is there goes on as it is`));
    assert.equal(reason.match(/istiod reads the cluster through/g)?.length, 1, 'once');
  }
});

test('as soon as the scoped API serves, istiod is led to it', () => {
  const state = hard({ managed: softMesh(), scopedApi: available(SCOPED_API) });
  assert.ok(written(state).includes(`apply Deployment ${ISTIOD}`));
});

test('a mesh that is new, or reads through the scoped API already, does not wait for it', () => {
  assert.ok(written(hard({})).includes(`apply Deployment ${ISTIOD}`), `the first istiod of ${MESH}`);
  const managed = inPlace(SMCP, { facts: HARD, scopedApiAuthority: AUTHORITY, scopedApi: available(SCOPED_API) });
  assert.equal(reasonOf(hard({ managed })), '');
});
