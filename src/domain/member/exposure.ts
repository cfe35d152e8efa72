import { LABEL_EXPOSE_ROUTE } from '../../api/names.ts';
import { isJsonObject, valueAt } from '../../lib/json.ts';
import { labelOf, type KubeObject } from '../../k8s/object.ts';
import { matchesLabels } from '../../k8s/selector.ts';
import { shownNames } from '../member-roll/obstacles.ts';

/** What of a namespace is reached from outside the mesh. */
export interface Doors {
  readonly routes: readonly KubeObject[];
  readonly ingresses: readonly KubeObject[];
  readonly services: readonly KubeObject[];
  readonly pods: readonly KubeObject[];
}

/** A Route or Ingress whose pods the mesh's policies cut off from the router. */
export interface BlockedDoor {
  readonly kind: string;
  readonly name: string;
  /** Pods behind it without label `maistra.io/expose-route: "true"`. */
  readonly pods: readonly KubeObject[];
}

function textOf(value: unknown): string[] {
  return typeof value === 'string' && value !== '' ? [value] : [];
}

function listAt(object: unknown, ...path: readonly string[]): readonly unknown[] {
  const value = valueAt(object, ...path);
  return Array.isArray(value) ? value : [];
}

function routeTargets(route: KubeObject): string[] {
  const backends = [valueAt(route, 'spec', 'to'), ...listAt(route, 'spec', 'alternateBackends')];
  return backends.flatMap((backend) => textOf(valueAt(backend, 'name')));
}

function ingressTargets(ingress: KubeObject): string[] {
  const paths = listAt(ingress, 'spec', 'rules').flatMap((rule) => listAt(rule, 'http', 'paths'));
  const backends = [valueAt(ingress, 'spec', 'defaultBackend'), ...paths.map((path) => valueAt(path, 'backend'))];
  return backends.flatMap((backend) => textOf(valueAt(backend, 'service', 'name')));
}

function podsOf(service: KubeObject | undefined, pods: readonly KubeObject[]): KubeObject[] {
  const selector = valueAt(service, 'spec', 'selector');
  if (!isJsonObject(selector)) return [];
  const labels = Object.fromEntries(Object.entries(selector).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  return pods.filter((pod) => matchesLabels(labels, pod.metadata.labels));
}

/**
 * Routes and Ingresses of a member whose pods the router cannot reach: all pods are isolated but those that carry the expose-route label
 * (spec/networkpolicy-expose-route.md 3, wishes.md W16). A door without pods is not blocked by us. Sorted by name.
 */
export function blockedDoors({ routes, ingresses, services, pods }: Doors): BlockedDoor[] {
  const service = new Map(services.map((object) => [object.metadata.name, object]));
  const doors = [...routes.map((object) => ({ object, targets: routeTargets(object) })), ...ingresses.map((object) => ({ object, targets: ingressTargets(object) }))];
  return doors.map(({ object, targets }) => {
    const behind = new Set(targets.flatMap((name) => podsOf(service.get(name), pods)));
    const closed = [...behind].filter((pod) => labelOf(pod, LABEL_EXPOSE_ROUTE) !== 'true');
    return { kind: object.kind, name: object.metadata.name, pods: closed };
  }).filter((door) => door.pods.length > 0).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

const DOORS_SHOWN = 5;

/** The words for blocked doors: condition and `tmesh why` say the same. */
export function accessBlocked(doors: readonly BlockedDoor[]): string {
  const closed = doors.flatMap((door) => door.pods.map((pod) => pod.metadata.name));
  return `the router cannot reach the pods behind ${shownNames(doors.map((door) => `${door.kind} ${door.name}`), DOORS_SHOWN)}: ${shownNames(closed)}; lead the traffic through a gateway of the mesh, or label the pod template ${LABEL_EXPOSE_ROUTE}: "true"`;
}
