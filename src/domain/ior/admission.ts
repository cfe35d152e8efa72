import { isJsonObject, valueAt } from '../../lib/json.ts';
import type { KubeObject } from '../../k8s/object.ts';

/** What the routers say about one Route or Ingress. */
export interface Admission {
  /** True: some router serves it. False: every router that answered refuses it. Unknown: none has answered. */
  readonly status: 'True' | 'False' | 'Unknown';
  /** The host that is served; '' while unknown. */
  readonly host: string;
  readonly reason: string;
  readonly message: string;
  /** Routers that serve it, or those that refuse it: shards. */
  readonly routers: readonly string[];
}

const PENDING: Admission = { status: 'Unknown', host: '', reason: 'Pending', message: 'no router has answered yet', routers: [] };

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

interface Answer { readonly router: string; readonly host: string; readonly status: string; readonly reason: string; readonly message: string }

function answersOf(route: KubeObject): Answer[] {
  return listOf(valueAt(route, 'status', 'ingress')).flatMap((ingress) => {
    const admitted = listOf(valueAt(ingress, 'conditions')).find((condition) => valueAt(condition, 'type') === 'Admitted');
    if (!isJsonObject(admitted)) return [];
    const { status, reason, message } = admitted;
    return [{ router: textOf(valueAt(ingress, 'routerName')), host: textOf(valueAt(ingress, 'host')), status: textOf(status), reason: textOf(reason), message: textOf(message) }];
  });
}

function ofIngress(ingress: KubeObject): Admission {
  const [first] = listOf(valueAt(ingress, 'status', 'loadBalancer', 'ingress'));
  if (first === undefined) return { ...PENDING, message: 'no ingress controller has answered yet; is there one for its class?' };
  const [rule] = listOf(valueAt(ingress, 'spec', 'rules'));
  return { status: 'True', host: textOf(valueAt(rule, 'host')), reason: 'Admitted', message: '', routers: [textOf(valueAt(first, 'hostname')) || textOf(valueAt(first, 'ip'))] };
}

/** Reads `status.ingress[].conditions[Admitted]` of a Route (OpenShift API reference "RouteIngress"), or the address in the status of an Ingress. */
export function admissionOf(route: KubeObject): Admission {
  if (route.kind === 'Ingress') return ofIngress(route);
  const answers = answersOf(route);
  const served = answers.filter(({ status }) => status === 'True');
  const refused = answers.filter(({ status }) => status === 'False');
  const [told] = served.length > 0 ? served : refused;
  if (told === undefined) return PENDING;
  const routers = (served.length > 0 ? served : refused).map(({ router }) => router);
  return served.length > 0
    ? { status: 'True', host: told.host, reason: 'Admitted', message: '', routers }
    : { status: 'False', host: told.host, reason: told.reason || 'RouteNotAdmitted', message: told.message, routers };
}
