import { ANNOTATION_MANAGE_ROUTE, ANNOTATION_ROUTE_ON_OPT_OUT } from '../../api/names.ts';
import { valueAt } from '../../lib/json.ts';
import { annotationOf, type KubeObject } from '../../k8s/object.ts';
import type { Problem } from '../../k8s/plan.ts';

/** What the Gateway's annotations say: Routes are made; ours are removed; ours are given to the user. */
export type Management = 'managed' | 'removed' | 'released';

/** What Go's strconv.ParseBool takes, which the old operator used. */
const GO_TRUE: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const GO_FALSE: ReadonlySet<string> = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

/**
 * Reads `maistra.io/manageRoute` and, for a Gateway that is opted out, `maistra.io/routeOnOptOut`.
 * A value that is no Go bool counts as absent and is reported (spec/ior.md 5, wishes.md W24).
 */
export function managementOf(gateway: KubeObject): { readonly management: Management; readonly problems: readonly Problem[] } {
  const value = annotationOf(gateway, ANNOTATION_MANAGE_ROUTE);
  if (value === undefined || GO_TRUE.has(value)) return { management: 'managed', problems: [] };
  if (GO_FALSE.has(value)) {
    return { management: annotationOf(gateway, ANNOTATION_ROUTE_ON_OPT_OUT) === 'keep' ? 'released' : 'removed', problems: [] };
  }
  const path = `metadata.annotations["${ANNOTATION_MANAGE_ROUTE}"]`;
  const message = `annotation ${ANNOTATION_MANAGE_ROUTE} must be "true" or "false"; it is ignored, and the Gateway's Routes are managed`;
  return { management: 'managed', problems: [{ path, value: value.slice(0, 100), message, reason: 'InvalidManageRoute' }] };
}

/**
 * Is IOR on for the mesh? Only if the user's spec says so: from 2.5 on it was off unless set (spec/ior.md 1), so the
 * profile's value does not count. It needs the ingress gateway.
 */
export function isIorEnabled(controlPlane: KubeObject | undefined): boolean {
  const gateways = valueAt(controlPlane, 'spec', 'gateways');
  return valueAt(gateways, 'openshiftRoute', 'enabled') === true
    && valueAt(gateways, 'enabled') !== false && valueAt(gateways, 'ingress', 'enabled') !== false;
}
