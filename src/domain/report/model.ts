import { LABEL_OWNER } from '../../api/names.ts';
import { numberAt, textAt } from '../../lib/json.ts';
import { sortedBy } from '../../lib/sort.ts';
import { labelOf, type KubeObject } from '../../k8s/object.ts';
import { fleetOf, type FleetMesh, type FleetObjects } from '../fleet/mesh.ts';

/** A gateway of a mesh, by its Deployment. */
export interface ReportGateway {
  readonly mesh: string;
  readonly name: string;
  readonly namespace: string;
  readonly ready: number;
  readonly wanted: number;
}

/** Something that two parties want. */
export interface ReportConflict {
  readonly where: string;
  readonly reason: string;
  readonly message: string;
}

/** A field that was changed and put right, as the Event tells it. */
export interface ReportRepair {
  readonly object: string;
  readonly message: string;
  readonly times: number;
  readonly last: string;
}

/** Everything on the page. */
export interface Report {
  readonly title: string;
  /** When it was read, as text. */
  readonly readAt: string;
  readonly meshes: readonly FleetMesh[];
  readonly gateways: readonly ReportGateway[];
  readonly conflicts: readonly ReportConflict[];
  readonly repairs: readonly ReportRepair[];
  /** What could not be read. */
  readonly gaps: readonly string[];
}

/** What a report is told from. */
export interface ReportObjects extends FleetObjects {
  readonly deployments: readonly KubeObject[];
  readonly events: readonly KubeObject[];
}

const CONFLICTS: ReadonlySet<string> = new Set(['ReferencesDifferentControlPlane', 'HostAlreadyClaimed', 'FieldConflict', 'ErrMultipleSMCPs']);

function gatewaysOf(deployments: readonly KubeObject[]): readonly ReportGateway[] {
  const gateways = deployments.filter((deployment) => /^istio-(?:ingress|egress)|^additional/.test(labelOf(deployment, 'app.kubernetes.io/component') ?? ''));
  const rows = gateways.map((deployment) => ({
    mesh: labelOf(deployment, LABEL_OWNER) ?? '', name: deployment.metadata.name, namespace: deployment.metadata.namespace ?? '',
    ready: numberAt(deployment, 'status', 'readyReplicas'), wanted: numberAt(deployment, 'spec', 'replicas'),
  }));
  return sortedBy(rows, ({ mesh, name }) => `${mesh} ${name}`);
}

function conflictsOf(meshes: readonly FleetMesh[]): readonly ReportConflict[] {
  return meshes.flatMap((mesh) => [
    ...(CONFLICTS.has(mesh.reason) ? [{ where: `mesh ${mesh.namespace}/${mesh.name}`, reason: mesh.reason, message: mesh.message }] : []),
    ...mesh.members.filter(({ reason }) => CONFLICTS.has(reason)).map(({ namespace, reason, message }) => ({ where: `namespace ${namespace} in mesh ${mesh.namespace}`, reason, message })),
    ...mesh.routes.filter(({ reason }) => CONFLICTS.has(reason)).map(({ gateway, reason, message }) => ({ where: `Gateway ${gateway}`, reason, message })),
  ]);
}

function repairsOf(events: readonly KubeObject[]): readonly ReportRepair[] {
  const rows = events.filter((event) => textAt(event, 'reason') === 'Repaired').map((event) => {
    const place = textAt(event, 'involvedObject', 'namespace');
    return {
      object: `${textAt(event, 'involvedObject', 'kind')} ${place === '' ? '' : `${place}/`}${textAt(event, 'involvedObject', 'name')}`,
      message: textAt(event, 'message'), times: Math.max(1, numberAt(event, 'count')), last: textAt(event, 'lastTimestamp'),
    };
  });
  return sortedBy(rows, ({ last, object }) => `${last} ${object}`).toReversed();
}

/** The model of the page. In: objects, and what is only known outside: title, time, gaps. */
export function reportOf(objects: ReportObjects, told: Pick<Report, 'title' | 'readAt' | 'gaps'>): Report {
  const meshes = fleetOf(objects);
  return { ...told, meshes, gateways: gatewaysOf(objects.deployments), conflicts: conflictsOf(meshes), repairs: repairsOf(objects.events) };
}

/** A mesh that needs somebody: it is not ready, a member waits with an obstacle, or the router refuses a host. */
export function needsAttention(mesh: FleetMesh): boolean {
  return !mesh.isReady || mesh.members.some(({ reason }) => reason !== '') || mesh.routeCounts.refused > 0;
}
