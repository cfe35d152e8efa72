import { IOR_STATUS_FIELDS } from '../../api/maistra-v2/control-plane-status.ts';
import { CONTROL_PLANE } from '../../api/kinds.ts';
import { isJsonObject, valueAt, type JsonObject } from '../../lib/json.ts';
import { sortedBy } from '../../lib/sort.ts';
import { isDeleting, type KubeObject } from '../../k8s/object.ts';
import { PROGRESS_HOLD_BACK_MS, type ObjectNote, type StatusWrite } from '../../k8s/plan.ts';
import { targetType } from './intent.ts';
import { isIorEnabled } from './management.ts';
import type { IorObserved } from './observed.ts';
import { entriesOf, type RouteEntry } from './route-entry.ts';

/** A mesh and its Gateways, each with all that its Routes depend on. */
export interface IorReport {
  readonly controlPlane: KubeObject;
  readonly isRouteServed: boolean;
  readonly gateways: readonly IorObserved[];
}

/** The status is read whole by everybody who watches the SMCP. */
const MOST_ENTRIES = 200;
const RANK: Readonly<Record<RouteEntry['admitted'], string>> = { False: '0', Unknown: '1', True: '2' };

const isEntry = (value: unknown): value is RouteEntry & JsonObject => isJsonObject(value) && typeof value['gateway'] === 'string' && typeof value['admitted'] === 'string';
const keyOf = ({ gateway, host, route, reason, admitted }: RouteEntry): string => [gateway, route === '' ? `${host} ${reason} ${admitted}` : route].join(' ');

function countsOf(entries: readonly RouteEntry[]): JsonObject {
  const count = (admitted: RouteEntry['admitted']): number => entries.filter((entry) => entry.admitted === admitted).length;
  return { total: entries.filter(({ route }) => route !== '').length, admitted: count('True'), refused: count('False'), pending: count('Unknown') };
}

const wordsOf = ({ admitted, reason, message, host }: RouteEntry): string => [admitted, reason, message, host].join(' ');

function noteOf(entry: RouteEntry, before: RouteEntry | undefined): Omit<ObjectNote, 'about'> | undefined {
  if (before !== undefined && wordsOf(before) === wordsOf(entry)) return undefined;
  const message = entry.message === '' ? `host ${entry.host} is served by ${entry.routers === '' ? 'the router' : entry.routers}` : entry.message;
  if (entry.admitted === 'False') return { type: 'Warning', reason: entry.reason, message };
  // Good news is news only after bad, or when it names a host that was made up.
  const isNews = entry.admitted === 'True' && (before?.admitted === 'False' || entry.message !== '');
  return isNews ? { type: 'Normal', reason: entry.reason, message } : undefined;
}

function notesOf(entries: readonly RouteEntry[], before: readonly RouteEntry[], gateways: readonly IorObserved[]): ObjectNote[] {
  const old = new Map(before.map((entry) => [keyOf(entry), entry]));
  const objects = new Map(gateways.map(({ namespace, name, gateway }) => [`${namespace}/${name}`, gateway]));
  return entries.flatMap((entry) => {
    const about = objects.get(entry.gateway);
    const note = noteOf(entry, old.get(keyOf(entry)));
    return about === undefined || note === undefined ? [] : [{ about, ...note }];
  });
}

/** Plain Kubernetes: said once here, and everything else goes on. */
function unservedMessage({ controlPlane, isRouteServed }: IorReport): string {
  const isMissing = targetType(controlPlane).type.kind === 'Route' && !isRouteServed;
  return isMissing ? 'this cluster does not serve route.openshift.io Routes; annotate the ServiceMeshControlPlane with maistra.io/ior-target: ingress, or set gateways.ingress.service.type to LoadBalancer or NodePort' : '';
}

/**
 * What IOR says in the status of the SMCP, and the Events on Gateways of what is new in it (wishes.md W26, W27, I3).
 * In: the mesh. Out: the fields `ior` and `routes`; neither while IOR is off. Nothing for an SMCP that has no status yet or is going.
 */
export function iorStatus(report: IorReport): StatusWrite[] {
  const { controlPlane, gateways } = report;
  if (controlPlane['status'] === undefined || isDeleting(controlPlane)) return [];
  const base = { type: CONTROL_PLANE, object: controlPlane, only: IOR_STATUS_FIELDS };
  if (!isIorEnabled(controlPlane)) return [{ ...base, status: {} }];
  const entries = sortedBy(gateways.flatMap(entriesOf), (entry) => `${RANK[entry.admitted]} ${entry.gateway} ${entry.host} ${entry.route} ${entry.reason}`);
  const old = valueAt(controlPlane, 'status', 'routes');
  const shown = entries.slice(0, MOST_ENTRIES);
  const ior: JsonObject = { target: targetType(controlPlane).type.kind, message: unservedMessage(report), ...countsOf(entries) };
  const routes: JsonObject[] = shown.map((entry) => ({ ...entry }));
  const isPending = shown.some(({ admitted }) => admitted === 'Unknown');
  const notes = notesOf(shown, Array.isArray(old) ? old.filter(isEntry) : [], gateways);
  return [{ ...base, status: { ior, routes }, notes, ...(isPending && notes.length === 0 ? { holdBackMs: PROGRESS_HOLD_BACK_MS } : {}) }];
}
