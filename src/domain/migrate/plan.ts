import { ANNOTATION_SIDECAR_STATUS, LABEL_GENERATED_BY, LABEL_MEMBER_OF, LABEL_OWNER } from '../../api/names.ts';
import { sortedBy } from '../../lib/sort.ts';
import { annotationOf, labelOf, type KubeObject } from '../../k8s/object.ts';
import { valueAt } from '../../lib/json.ts';
import { adoptionRow, shownObject } from './objects.ts';
import { FATES, type MeshPlan, type MigrationPlan, type PlanRow } from './row.ts';
import { configurationRows, specRows, versionOf } from './spec-rows.ts';

/** A cluster with OpenShift Service Mesh 2.x as it was found, and what the operator would do there. */
export interface MigrateObjects {
  readonly controlPlanes: readonly KubeObject[];
  readonly namespaces: readonly KubeObject[];
  readonly pods: readonly KubeObject[];
  /** Federation, extensions, EnvoyFilters. */
  readonly configuration: readonly KubeObject[];
  readonly operators: readonly KubeObject[];
  /** Everything of kinds that the operator writes. */
  readonly live: readonly KubeObject[];
  /** What the operator would apply in this very cluster. */
  readonly wanted: readonly KubeObject[];
  /** Keys (idOf) of what it would remove. */
  readonly removed: ReadonlySet<string>;
}

/** Kind, namespace and name: the same object in two lists. */
export function idOf({ kind, metadata: { namespace = '', name } }: Pick<KubeObject, 'kind' | 'metadata'>): string {
  return `${kind}/${namespace}/${name}`;
}

/** The control-plane namespace that an object was made for; undefined for what is no mesh's. */
export function meshOf(object: KubeObject): string | undefined {
  return labelOf(object, LABEL_OWNER) ?? labelOf(object, LABEL_MEMBER_OF) ?? (labelOf(object, LABEL_GENERATED_BY) === undefined ? undefined : object.metadata.namespace);
}

function membersOf(mesh: string, namespaces: readonly KubeObject[]): readonly string[] {
  return namespaces.filter((namespace) => labelOf(namespace, LABEL_MEMBER_OF) === mesh && namespace.metadata.name !== mesh).map(({ metadata }) => metadata.name).toSorted();
}

function leftRow(object: KubeObject, removed: ReadonlySet<string>): PlanRow {
  const isRemoved = removed.has(idOf(object));
  return { fate: 'dropped', what: shownObject(object), why: 'nothing of the new mesh uses it', instead: isRemoved ? 'the operator removes it' : 'stays behind; delete it when the old operator is gone' };
}

function objectRows(mesh: string, { live, wanted, removed }: MigrateObjects): { readonly rows: readonly PlanRow[]; readonly created: number } {
  const future = new Map(wanted.map((object) => [idOf(object), object]));
  const present = new Set(live.map(idOf));
  const rows = live.flatMap((object): PlanRow[] => {
    const next = future.get(idOf(object));
    const belongsTo = meshOf(object) ?? (next === undefined ? undefined : meshOf(next));
    if (belongsTo !== mesh) return [];
    return [next === undefined ? leftRow(object, removed) : adoptionRow(object, next, removed.has(idOf(object)))];
  });
  return { rows, created: wanted.filter((object) => meshOf(object) === mesh && !present.has(idOf(object))).length };
}

function meshPlan(plane: KubeObject, objects: MigrateObjects): MeshPlan {
  const { name, namespace: mesh = '' } = plane.metadata;
  const members = membersOf(mesh, objects.namespaces);
  const places = new Set([mesh, ...members]);
  const others = objects.controlPlanes.filter(({ metadata }) => metadata.namespace === mesh && metadata.name !== name).map(({ metadata }) => metadata.name);
  const { rows, created } = objectRows(mesh, objects);
  const all = [...specRows(plane, others), ...configurationRows(objects.configuration.filter(({ metadata }) => places.has(metadata.namespace ?? ''))), ...rows];
  const { written, istio } = versionOf(plane);
  return {
    mesh, name, version: written, istioVersion: istio, members, created,
    rows: sortedBy(all, ({ fate, what }) => `${FATES.indexOf(fate)} ${what}`),
    sidecars: objects.pods.filter((pod) => places.has(pod.metadata.namespace ?? '') && annotationOf(pod, ANNOTATION_SIDECAR_STATUS) !== undefined).length,
  };
}

/** Operators that write to the same kinds. Two at a time would undo each other's work. */
function operatorRows(operators: readonly KubeObject[]): readonly PlanRow[] {
  const found = new Map(operators.filter(({ metadata }) => /^(?:servicemeshoperator|maistraoperator)\.v/.test(metadata.name)).map((csv) => [csv.metadata.name, valueAt(csv, 'spec', 'version')]));
  return [...found].map(([name, version]) => ({
    fate: 'changed', what: `operator ${name}`, why: `OpenShift Service Mesh ${typeof version === 'string' ? version : ''} looks after the same kinds`, instead: 'stop it before this operator starts: scale its Deployment istio-operator to 0; delete its Subscription at the end',
  }));
}

/** The plan, by control plane. Pure: the same cluster gives the same plan. */
export function migrationPlan(objects: MigrateObjects): MigrationPlan {
  const meshes = sortedBy(objects.controlPlanes, ({ metadata }) => `${metadata.namespace ?? ''} ${metadata.name}`).map((plane) => meshPlan(plane, objects));
  return { meshes, cluster: operatorRows(objects.operators) };
}
