import { findKind } from '../../api/kinds.ts';
import { ANNOTATION_RESTARTED_AT, ANNOTATION_RESTARTED_FOR, ANNOTATION_RESTARTING } from '../../api/names.ts';
import type { JsonObject } from '../../lib/json.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { EMPTY_PLAN, type Plan, type Step } from '../../k8s/plan.ts';
import { refOf } from '../../k8s/ref.ts';
import { markText } from './mark.ts';
import type { Restarts } from './restarts.ts';
import type { StaleWorkload } from './workloads.ts';

/** A merge patch of a workload, pinned to its uid. */
function patchOf(object: KubeObject, patch: JsonObject): Step[] {
  const type = findKind(object.apiVersion, object.kind);
  return type === undefined ? [] : [{ do: 'patch', ref: refOf(type, object), patch }];
}

/** What `kubectl rollout restart` does, and what for, in one write. */
function restart({ object, mark }: StaleWorkload, now: Date): Step[] {
  const time = now.toISOString();
  return object === undefined ? [] : patchOf(object, {
    metadata: { annotations: { [ANNOTATION_RESTARTED_FOR]: markText(mark), [ANNOTATION_RESTARTING]: time } },
    spec: { template: { metadata: { annotations: { [ANNOTATION_RESTARTED_AT]: time } } } },
  });
}

const finish = (object: KubeObject): Step[] => patchOf(object, { metadata: { annotations: { [ANNOTATION_RESTARTING]: null } } });

/** What is written to workloads in this pass: the end of a restart that is over, then the next one. */
export function planRestarts({ finished, next, deadline }: Restarts, now: Date): Plan {
  const stages = [finished.flatMap(finish), next === undefined ? [] : restart(next, now)].filter((stage) => stage.length > 0);
  return { ...EMPTY_PLAN, stages, ...(deadline === undefined ? {} : { recheckAfterMs: Math.max(0, deadline.getTime() - now.getTime()) }) };
}
