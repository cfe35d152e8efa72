import { ANNOTATION_SIDECAR_STATUS } from '../../api/names.ts';
import { annotationOf, isDeleting, type KubeObject } from '../../k8s/object.ts';
import { injectionWord } from '../member/injection.ts';
import { conditionOf, fleetOf, type FleetMesh, type FleetObjects } from './mesh.ts';

/** Everything figures of meshes are counted from. */
export interface FigureObjects extends FleetObjects {
  readonly members: readonly KubeObject[];
  /** Pods with their inject and status annotations; bodies are not needed. */
  readonly pods: readonly KubeObject[];
}

/** One value of one metric. */
export interface Figure<L extends string> {
  readonly labels: Readonly<Record<L, string>>;
  readonly value: number;
}

/** The figures of all meshes, by metric. */
export interface FleetFigures {
  readonly info: readonly Figure<'mesh' | 'name' | 'istio_version'>[];
  readonly ready: readonly Figure<'mesh'>[];
  readonly members: readonly Figure<'mesh' | 'state'>[];
  readonly routes: readonly Figure<'mesh' | 'state'>[];
  readonly conflicts: readonly Figure<'kind'>[];
  readonly podsNotInjected: readonly Figure<'mesh'>[];
  readonly sidecars: readonly Figure<'mesh' | 'state'>[];
}

const STAGES = ['configured', 'pending', 'terminating'] as const;
const SIDECAR_STATES = ['current', 'outdated', 'missing'] as const;
const ROUTE_STATES = ['admitted', 'refused', 'pending'] as const;
const NAMESPACE_CONFLICTS: ReadonlySet<string> = new Set(['ReferencesDifferentControlPlane']);

/** True for a pod that asks for a sidecar in so many words and was made without one. Pods that a default of the mesh speaks for are told by the member's condition. */
export function lacksSidecar(pod: KubeObject): boolean {
  return !isDeleting(pod) && injectionWord(pod) === 'true' && annotationOf(pod, ANNOTATION_SIDECAR_STATUS) === undefined;
}

/** What two parties want at the same time, by kind of thing. Zero is a figure too: an alert needs something to compare with. */
function conflictsOf(fleet: readonly FleetMesh[], { members, controlPlanes }: FigureObjects): readonly Figure<'kind'>[] {
  const ofReason = (reason: string): number => controlPlanes.filter((plane) => conditionOf(plane, 'Reconciled').reason === reason).length;
  const counts = {
    namespace: fleet.flatMap(({ members: all }) => all).filter(({ reason }) => NAMESPACE_CONFLICTS.has(reason)).length,
    host: fleet.flatMap(({ routes }) => routes).filter(({ reason }) => reason === 'HostAlreadyClaimed').length,
    field: members.filter((member) => conditionOf(member, 'Ready').reason === 'FieldConflict').length,
    'control-plane': ofReason('ErrMultipleSMCPs'),
  };
  return Object.entries(counts).map(([kind, value]) => ({ labels: { kind }, value }));
}

/** Counts everything once: cost grows with members and pods, not with their product. */
export function figuresOf(objects: FigureObjects): FleetFigures {
  const fleet = fleetOf(objects);
  const meshOfNamespace = new Map(fleet.flatMap((mesh) => mesh.members.map((member) => [member.namespace, mesh.namespace] as const)));
  const bare = new Map<string, number>(fleet.map(({ namespace }) => [namespace, 0]));
  for (const pod of objects.pods.filter(lacksSidecar)) {
    const mesh = meshOfNamespace.get(pod.metadata.namespace ?? '');
    if (mesh !== undefined) bare.set(mesh, (bare.get(mesh) ?? 0) + 1);
  }
  return {
    info: fleet.map(({ namespace: mesh, name, istioVersion }) => ({ labels: { mesh, name, istio_version: istioVersion }, value: 1 })),
    ready: fleet.map(({ namespace: mesh, isReady }) => ({ labels: { mesh }, value: isReady ? 1 : 0 })),
    members: fleet.flatMap(({ namespace: mesh, members }) => STAGES.map((state) => ({ labels: { mesh, state }, value: members.filter(({ stage }) => stage === state).length }))),
    routes: fleet.flatMap(({ namespace: mesh, routeCounts }) => ROUTE_STATES.map((state) => ({ labels: { mesh, state }, value: routeCounts[state] }))),
    conflicts: conflictsOf(fleet, objects),
    sidecars: fleet.flatMap(({ namespace: mesh, sidecars }) => SIDECAR_STATES.map((state) => ({ labels: { mesh, state }, value: sidecars[state] }))),
    podsNotInjected: [...bare].map(([mesh, value]) => ({ labels: { mesh }, value })),
  };
}
