import { iorStatus, type IorReport } from '../../domain/ior/report.ts';
import { keyOfObject, splitKey, type ObjectKey } from '../../k8s/key.ts';
import { EMPTY_PLAN } from '../../k8s/plan.ts';
import { valueAt } from '../../lib/json.ts';
import type { Controller, Reader, Watch } from '../../runtime/controller.ts';
import { meshOf, namespacesOf } from '../ior/mesh-services.ts';
import { observeIor } from '../ior/observe.ts';
import { IOR_WATCHES } from '../ior/watches.ts';
import { changesIn } from '../relevance.ts';
import * as sources from '../sources.ts';

/** A report is about all Gateways of a mesh: what comes in a burst is reported once. */
const DELAY_MS = 300;
const MIN_INTERVAL_MS = 1000;

function observeReport(key: ObjectKey, read: Reader): IorReport | undefined {
  const { namespace = '', name } = splitKey(key);
  const controlPlane = read.get(sources.CONTROL_PLANES, name, namespace);
  if (controlPlane === undefined) return undefined;
  const gateways = namespacesOf(namespace, read).flatMap((member) => read.list(sources.GATEWAYS, member));
  return { controlPlane, isRouteServed: read.isServed(sources.ROUTES), gateways: gateways.flatMap((gateway) => observeIor(keyOfObject(gateway), read) ?? []) };
}

/** Control planes of the meshes that Gateways are in. */
function meshesToKeys(gateways: readonly ObjectKey[], read: Reader): readonly ObjectKey[] {
  const meshes = new Set(gateways.map((key) => meshOf(splitKey(key).namespace ?? '', read)));
  return [...meshes].flatMap((mesh) => (mesh === undefined ? [] : read.list(sources.CONTROL_PLANES, mesh).map(keyOfObject)));
}

/** Whatever wakes IOR for a Gateway may change what is reported; and of Routes, also what routers say. */
function reportWatches(): Watch[] {
  return IOR_WATCHES.map((watch) => {
    const isOfRoutes = watch.source === sources.ROUTES || watch.source === sources.INGRESSES;
    const { isRelevant: _narrow, ...wide } = watch;
    return { ...(isOfRoutes ? wide : watch), delayMs: DELAY_MS, toKeys: (object, read) => meshesToKeys(watch.toKeys(object, read), read) };
  });
}

/** The SMCP's own switches, and whether it has a status at all. */
const ownFields = changesIn((smcp) => [smcp.metadata.annotations ?? {}, smcp['spec'], smcp['status'] === undefined, valueAt(smcp, 'status', 'ior'), valueAt(smcp, 'status', 'routes')]);

/** Says in the status of each SMCP how it stands with the Routes of its Gateways, and by Events on the Gateways what is new. Key: the SMCP. */
export function iorStatusController(): Controller<IorReport> {
  return {
    name: 'ior-status', minIntervalMs: MIN_INTERVAL_MS,
    watches: [...reportWatches(), { source: sources.CONTROL_PLANES, isRelevant: ownFields, toKeys: (smcp) => [keyOfObject(smcp)] }],
    observe: observeReport, plan: () => EMPTY_PLAN, status: (report) => iorStatus(report),
  };
}
