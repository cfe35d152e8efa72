import { ANNOTATION_GATEWAY, ANNOTATION_ORIGINAL_HOST, LABEL_GATEWAY_NAME, LABEL_GATEWAY_NAMESPACE } from '../../api/names.ts';
import { valueAt } from '../../lib/json.ts';
import { compareText } from '../../lib/sort.ts';
import { annotationOf, labelOf, type KubeObject } from '../../k8s/object.ts';
import type { Problem } from '../../k8s/plan.ts';
import { admissionOf, type Admission } from './admission.ts';
import { plainHost } from './hosts.ts';
import type { IorObserved } from './observed.ts';
import { planIor } from './plan.ts';

/** How it stands with one host of a Gateway. All texts; '' for none. */
export interface RouteEntry {
  readonly gateway: string;
  readonly host: string;
  readonly route: string;
  readonly admitted: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly routers: string;
}

const LONGEST = 500;
/** Reasons that say something of one host; their value is the host. */
const ABOUT_HOST: ReadonlySet<string> = new Set(['HostAlreadyClaimed', 'WildcardNotAllowed', 'PassthroughNotPossible']);
const idOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;

/** The Route that the router serves for the same host: it names no namespace itself, and sometimes the wrong one (openshift/router#508). */
function holderOf(route: KubeObject, host: string, sameHost: readonly KubeObject[]): string {
  const others = sameHost.filter((other) => idOf(other) !== idOf(route) && valueAt(other, 'spec', 'host') === host && admissionOf(other).status === 'True');
  const [oldest] = others.toSorted((a, b) => compareText(a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''));
  return oldest === undefined ? '' : `; host ${host} is held by Route ${idOf(oldest)}`;
}

function messageOf(route: KubeObject, admission: Admission, sameHost: readonly KubeObject[]): string {
  const original = plainHost(annotationOf(route, ANNOTATION_ORIGINAL_HOST) ?? '');
  if (admission.status === 'False') {
    const advice = original.startsWith('*.') ? '; wildcard Routes need an IngressController with routeAdmission.wildcardPolicy: WildcardsAllowed' : '';
    return `${admission.message}${holderOf(route, admission.host, sameHost)}${advice}`.slice(0, LONGEST);
  }
  if (admission.status === 'True' && original === '*' && admission.host !== '') return `host "*" of the Gateway is served as ${admission.host}; requests for other hosts do not arrive`;
  return admission.message;
}

/** `namespace/name` of the Gateway that a Route was made for. */
export function gatewayNameOf(route: KubeObject): string {
  return annotationOf(route, ANNOTATION_GATEWAY) ?? `${labelOf(route, LABEL_GATEWAY_NAMESPACE) ?? ''}/${labelOf(route, LABEL_GATEWAY_NAME) ?? ''}`;
}

/** How it stands with one Route or Ingress of IOR. In: it, and other Routes with its host. */
export function entryOf(route: KubeObject, sameHost: readonly KubeObject[] = []): RouteEntry {
  const admission = admissionOf(route);
  const host = admission.host === '' ? plainHost(annotationOf(route, ANNOTATION_ORIGINAL_HOST) ?? '') : admission.host;
  return {
    gateway: gatewayNameOf(route), host, route: idOf(route), admitted: admission.status, reason: admission.reason,
    message: messageOf(route, admission, sameHost), routers: admission.routers.filter((name) => name !== '').join(','),
  };
}

function entryOfProblem(gateway: string, { reason, value, message }: Problem): RouteEntry {
  return { gateway, host: ABOUT_HOST.has(reason) ? value : '', route: '', admitted: 'False', reason, message: message.slice(0, LONGEST), routers: '' };
}

/** All hosts of a Gateway that have a Route or should have one: Routes that are about to go are left out. */
export function entriesOf(observed: IorObserved): RouteEntry[] {
  const { stages, problems } = planIor(observed);
  const going = new Set(stages.flat().flatMap((step) => (step.do === 'apply' || step.do === 'mint' ? [] : [`${step.ref.type.kind} ${step.ref.namespace ?? ''}/${step.ref.name}`])));
  const gateway = `${observed.namespace}/${observed.name}`;
  return [
    ...observed.routes.filter((route) => !going.has(`${route.kind} ${idOf(route)}`)).map((route) => entryOf(route, observed.sameHost)),
    ...problems.map((problem) => entryOfProblem(gateway, problem)),
  ];
}
