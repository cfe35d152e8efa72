import { numberAt, objectsAt, textAt, textsAt, type JsonObject } from '../../lib/json.ts';
import { sortedBy } from '../../lib/sort.ts';
import type { Condition } from '../../k8s/condition.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { conditionsAt } from '../member-roll/reports.ts';

/** How far a namespace is with a mesh, as the roll's status says. */
export type MemberStage = 'configured' | 'pending' | 'terminating';

/** A member of a mesh. Reason and message are those of its obstacle, '' when it has none. */
export interface FleetMember {
  readonly namespace: string;
  readonly stage: MemberStage;
  readonly reason: string;
  readonly message: string;
}

/** A host of a Gateway as the SMCP's status tells it; all texts, '' for none. */
export interface FleetRoute {
  readonly gateway: string;
  readonly host: string;
  readonly route: string;
  readonly admitted: string;
  readonly reason: string;
  readonly message: string;
}

/** One control plane, seen from outside: what its own status and that of its roll say. */
export interface FleetMesh {
  readonly namespace: string;
  readonly name: string;
  /** Exact Istio version that runs; '' before the first pass. */
  readonly istioVersion: string;
  /** `spec.version`, '' when the operator chooses. */
  readonly wantedVersion: string;
  readonly isReady: boolean;
  readonly reason: string;
  readonly message: string;
  /** `<ready>/<all>` components. */
  readonly components: string;
  readonly members: readonly FleetMember[];
  readonly routes: readonly FleetRoute[];
  /** Of all Routes, also those that the list has no room for. */
  readonly routeCounts: Readonly<Record<'admitted' | 'refused' | 'pending', number>>;
  /** Pods of members by their sidecars. */
  readonly sidecars: Readonly<Record<'current' | 'outdated' | 'missing', number>>;
}

/** What a fleet is told from. Lists may hold the objects of more meshes than one. */
export interface FleetObjects {
  readonly controlPlanes: readonly KubeObject[];
  readonly rolls: readonly KubeObject[];
}

const NO_CONDITION = { status: 'Unknown', reason: 'NotSeen', message: 'the operator has not written a status yet' } as const;

/** Condition of a type on an object; one that says so where there is none. */
export function conditionOf(object: KubeObject, type: string): Pick<Condition, 'status' | 'reason' | 'message'> {
  const found = conditionsAt(object, 'status', 'conditions').find((condition) => condition.type === type);
  return found ?? NO_CONDITION;
}

function membersOf(roll: KubeObject | undefined): readonly FleetMember[] {
  if (roll === undefined) return [];
  const obstacles = new Map(objectsAt(roll, 'status', 'memberStatuses').map((entry) => [textAt(entry, 'namespace'), conditionsAt(entry, 'conditions').find(({ status }) => status === 'False')]));
  const stages: readonly (readonly [string, MemberStage])[] = [['configuredMembers', 'configured'], ['pendingMembers', 'pending'], ['terminatingMembers', 'terminating']];
  const members = stages.flatMap(([field, stage]) => textsAt(roll, 'status', field).map((namespace) => {
    const obstacle = stage === 'configured' ? undefined : obstacles.get(namespace);
    return { namespace, stage, reason: obstacle?.reason ?? '', message: obstacle?.message ?? '' };
  }));
  return sortedBy(members, ({ namespace }) => namespace);
}

function routeOf(entry: JsonObject): FleetRoute {
  const text = (name: string): string => textAt(entry, name);
  return { gateway: text('gateway'), host: text('host'), route: text('route'), admitted: text('admitted'), reason: text('reason'), message: text('message') };
}

function meshOf(plane: KubeObject, rolls: readonly KubeObject[]): FleetMesh {
  const { name, namespace = '' } = plane.metadata;
  const { status, reason, message } = conditionOf(plane, 'Ready');
  const count = (state: string): number => numberAt(plane, 'status', 'ior', state);
  const pods = (state: string): number => numberAt(plane, 'status', 'sidecars', state);
  return {
    namespace, name, istioVersion: textAt(plane, 'status', 'chartVersion'), wantedVersion: textAt(plane, 'spec', 'version'),
    isReady: status === 'True', reason: reason ?? '', message: message ?? '', components: textAt(plane, 'status', 'annotations', 'readyComponentCount'),
    members: membersOf(rolls.find((roll) => roll.metadata.namespace === namespace && roll.metadata.name === 'default')),
    routes: objectsAt(plane, 'status', 'routes').map(routeOf),
    routeCounts: { admitted: count('admitted'), refused: count('refused'), pending: count('pending') },
    sidecars: { current: pods('current'), outdated: pods('outdated'), missing: pods('missing') },
  };
}

/** Every control plane with its members and routes, by namespace and name. */
export function fleetOf({ controlPlanes, rolls }: FleetObjects): readonly FleetMesh[] {
  return sortedBy(controlPlanes.map((plane) => meshOf(plane, rolls)), ({ namespace, name }) => `${namespace} ${name}`);
}
