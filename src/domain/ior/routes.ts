import { INGRESS } from '../../api/kinds.ts';
import { ANNOTATION_GATEWAY, ANNOTATION_ORIGINAL_HOST, GENERATED_BY_IOR, LABEL_GATEWAY_NAME, LABEL_GATEWAY_NAMESPACE, LABEL_GENERATED_BY } from '../../api/names.ts';
import { compareText } from '../../lib/sort.ts';
import { annotationOf, labelOf, type KubeObject } from '../../k8s/object.ts';
import { objectOf, type ResourceType } from '../../k8s/resource.ts';
import { copiedMarks } from './copied-marks.ts';
import { hostFields, plainHost, type RouteHost } from './hosts.ts';
import { ingressSpec } from './ingress.ts';
import { distinctRouteName, labelValue, routeName } from './route-name.ts';
import type { RouteMetadata } from './route-metadata.ts';
import { routePort } from './service-port.ts';

/** What Routes of one Gateway are made from. */
export interface RouteInput {
  readonly gateway: KubeObject;
  readonly hosts: readonly RouteHost[];
  readonly target: KubeObject;
  /** Route or Ingress; the objects below are of the same kind. */
  readonly type: ResourceType;
  /** What the mesh's owner wants on them. */
  readonly metadata: RouteMetadata;
  /** Routes that IOR made for this Gateway before, by us or by the old operator. */
  readonly routes: readonly KubeObject[];
  /** Other Routes that have one of the names we would give. */
  readonly occupied: readonly KubeObject[];
}

type Texts = Readonly<Record<string, string>>;

/** Our labels. `maistra.io/gateway-resourceVersion` of the old operator is not among them: it would rewrite every Route at each change of the Gateway. */
function labelsOf({ metadata }: KubeObject, { labels, copies }: RouteMetadata): Texts {
  return {
    ...labels, ...copiedMarks(metadata.labels, copies), [LABEL_GENERATED_BY]: GENERATED_BY_IOR,
    [LABEL_GATEWAY_NAMESPACE]: metadata.namespace ?? '', [LABEL_GATEWAY_NAME]: labelValue(metadata.name),
  };
}

function annotationsOf({ metadata }: KubeObject, original: string, { annotations, copies }: RouteMetadata): Texts {
  const isCut = labelValue(metadata.name) !== metadata.name;
  return {
    ...annotations, ...copiedMarks(metadata.annotations, copies), [ANNOTATION_ORIGINAL_HOST]: original,
    ...(isCut ? { [ANNOTATION_GATEWAY]: `${metadata.namespace ?? ''}/${metadata.name}` } : {}),
  };
}

function specOf(host: RouteHost, service: KubeObject): Readonly<Record<string, unknown>> {
  const redirect = host.isRedirected ? { insecureEdgeTerminationPolicy: 'Redirect' } : {};
  return {
    ...hostFields(host.host),
    to: { kind: 'Service', name: service.metadata.name },
    port: { targetPort: routePort(service, host) },
    ...(host.isTls ? { tls: { termination: 'passthrough', ...redirect } } : {}),
  };
}

const originalOf = (route: KubeObject): string => annotationOf(route, ANNOTATION_ORIGINAL_HOST) ?? '';

/** Those of a Gateway's Routes that were made for a host. */
export function routesForHost(host: string, routes: readonly KubeObject[]): KubeObject[] {
  return routes.filter((route) => plainHost(originalOf(route)) === host);
}

/** The Route that already stands for a host: first the one with the right name, then the oldest. Its name stays, a new one would change a generated host. */
function standingRoute(host: RouteHost, canonical: readonly string[], candidates: readonly KubeObject[]): KubeObject | undefined {
  const rank = (route: KubeObject): string => `${canonical.includes(route.metadata.name) ? 0 : 1} ${route.metadata.creationTimestamp ?? ''} ${route.metadata.name}`;
  return routesForHost(host.host, candidates).toSorted((a, b) => compareText(rank(a), rank(b)))[0];
}

/** A Route that was left to the user on opting out and is wanted again: right name, same host, no maker. */
function isReclaimable(route: KubeObject, original: string): boolean {
  return labelOf(route, LABEL_GENERATED_BY) === undefined && originalOf(route) === original;
}

function freshName(input: RouteInput, original: string, namespace: string): string {
  const gateway = { namespace: input.gateway.metadata.namespace ?? '', name: input.gateway.metadata.name };
  const name = routeName(gateway, original, namespace);
  const holder = input.occupied.find((route) => route.metadata.namespace === namespace && route.metadata.name === name);
  return holder === undefined || isReclaimable(holder, original) ? name : distinctRouteName(gateway, original);
}

function routeFor(input: RouteInput, host: RouteHost): KubeObject {
  const namespace = input.target.metadata.namespace ?? '';
  const first = host.originals[0] ?? host.host;
  const gateway = { namespace: input.gateway.metadata.namespace ?? '', name: input.gateway.metadata.name };
  const canonical = host.originals.map((original) => routeName(gateway, original, namespace));
  const standing = standingRoute(host, canonical, input.routes.filter((route) => route.metadata.namespace === namespace));
  const written = standing === undefined ? first : originalOf(standing);
  const original = host.originals.includes(written) ? written : first;
  const name = standing?.metadata.name ?? freshName(input, original, namespace);
  const metadata = { name, namespace, labels: labelsOf(input.gateway, input.metadata), annotations: annotationsOf(input.gateway, original, input.metadata) };
  return objectOf(input.type, metadata, { spec: input.type === INGRESS ? ingressSpec(host, input.target) : specOf(host, input.target) });
}

/** The Routes of a Gateway: one per host, in the namespace of the Service. Law: their names differ. */
export function desiredRoutes(input: RouteInput): KubeObject[] {
  return input.hosts.map((host) => routeFor(input, host));
}
