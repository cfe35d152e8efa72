import assert from 'node:assert/strict';
import { test } from 'node:test';
import { viewOf } from '../../../../src/domain/control-plane/mesh-view.ts';
import { controlPlaneStatus } from '../../../../src/domain/control-plane/status.ts';
import { NOTHING_DONE } from '../../../../src/k8s/plan.ts';
import { objectsAt } from '../../../../src/lib/json.ts';
import { CHARTS, controlPlane, observed, SUPPORTED_DAY } from '../../../build/control-plane.ts';

/** Reason and message of condition WorkloadsOutdated, when the sidecars controller says so much of restarts. */
function conditionFor(state: string): string | undefined {
  const seen = observed(controlPlane({}, { status: { sidecars: { restarts: { state, message: `it is ${state}` } } } }));
  const [write] = controlPlaneStatus(seen, viewOf(seen, CHARTS), NOTHING_DONE, SUPPORTED_DAY);
  const found = objectsAt(write?.status, 'conditions').find(({ type }) => type === 'WorkloadsOutdated');
  return found === undefined ? undefined : `${String(found['status'])} ${String(found['reason'])}: ${String(found['message'])}`;
}

test('what the sidecars controller says of restarts becomes a condition, while there is something to do', () => {
  assert.equal(conditionFor('Restarting'), 'True WorkloadRestarting: it is Restarting');
  assert.equal(conditionFor('Stopped'), 'True WorkloadRestartFailed: it is Stopped');
  assert.equal(conditionFor('HeldBack'), 'True WorkloadsHeldBack: it is HeldBack');
  for (const state of ['Done', 'Waiting', '']) assert.equal(conditionFor(state), undefined, state);
});
