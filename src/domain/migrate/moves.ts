import { CONFIG_MAP, DEPLOYMENT, findKind, VALIDATING_WEBHOOK, MUTATING_WEBHOOK } from '../../api/kinds.ts';
import { OPERATOR_NAME } from '../../api/names.ts';
import { isJsonObject, valueAt, type JsonObject } from '../../lib/json.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { refOf, type ObjectRef } from '../../k8s/ref.ts';
import { objectOf } from '../../k8s/resource.ts';
import { isIstioVersion } from '../versions.ts';
import { fixedFieldOf, shownObject } from './objects.ts';
import { CLUSTER_SERVICE_VERSION } from './foreign.ts';
import { idOf, meshOf, type MigrateObjects } from './plan.ts';

/** One write of a move. Done again, it changes nothing. */
export type Move =
  | { readonly do: 'patch'; readonly ref: ObjectRef; readonly patch: JsonObject; readonly why: string }
  /** Scales a Deployment to zero; over when the last of its pods is gone, for one that ends goes on working. `pods`: their labels. */
  | { readonly do: 'stop'; readonly ref: ObjectRef; readonly pods: Readonly<Record<string, string>>; readonly why: string }
  /** `isOrphan`: what the object made stays. */
  | { readonly do: 'delete'; readonly ref: ObjectRef; readonly isOrphan: boolean; readonly why: string }
  | { readonly do: 'create'; readonly object: KubeObject; readonly why: string }
  /** Deletes ReplicaSets that a Deployment left and that the one of its name now does not take over, once that one serves. `labels`: theirs. */
  | { readonly do: 'clear'; readonly ref: ObjectRef; readonly labels: Readonly<Record<string, string>>; readonly why: string };

/** What must be known to go back: written down before the first write, in a ConfigMap of the operator's namespace. */
export interface MoveRecord {
  /** ClusterServiceVersions and Deployments of old operators, and our own Deployment, as they were. */
  readonly before: readonly KubeObject[];
  /** Objects that had to be made anew, as they were. */
  readonly replaced: readonly KubeObject[];
}

export const RECORD_NAME = 'tmesh-migration';
const OLD_OPERATOR = 'istio-operator';
const OLD_CSV = /^(?:servicemeshoperator|maistraoperator)\.v/;
const OLD_WEBHOOK = /\.servicemesh-resources\.maistra\.io$/;
const COPIED_FROM = 'olm.copiedFrom';

/** As it can be created again: nothing that the API server adds. */
function asCreated(object: KubeObject): KubeObject {
  const { status: _status, ...body } = object;
  const { name, namespace, labels, annotations } = object.metadata;
  return { ...body, metadata: { name, ...(namespace === undefined ? {} : { namespace }), ...(labels === undefined ? {} : { labels }), ...(annotations === undefined ? {} : { annotations }) } };
}

function typed(object: KubeObject): ObjectRef | undefined {
  const type = object.kind === CLUSTER_SERVICE_VERSION.kind ? CLUSTER_SERVICE_VERSION : findKind(object.apiVersion, object.kind);
  return type === undefined ? undefined : refOf(type, object);
}

const oldOperators = ({ operators }: MigrateObjects): readonly KubeObject[] => operators.filter(({ metadata }) => OLD_CSV.test(metadata.name) && metadata.labels?.[COPIED_FROM] === undefined);
const operatorDeployments = ({ live }: MigrateObjects): readonly KubeObject[] => live.filter(({ kind, metadata }) => kind === DEPLOYMENT.kind && (metadata.name === OLD_OPERATOR || metadata.name === OPERATOR_NAME));

/** Objects that the new operator wants with another value in a field that nobody can change, and does not delete by itself. */
function replacedObjects({ live, wanted, removed }: MigrateObjects): readonly KubeObject[] {
  const future = new Map(wanted.map((object) => [idOf(object), object]));
  return live.filter((object) => {
    const next = future.get(idOf(object));
    return next !== undefined && !removed.has(idOf(object)) && fixedFieldOf(object, next) !== undefined;
  });
}

/** Made for a mesh, not wanted any more, and not removed by the operator. */
function leftovers({ live, wanted, removed, controlPlanes }: MigrateObjects): readonly KubeObject[] {
  const future = new Set(wanted.map(idOf));
  const meshes = new Set(controlPlanes.map(({ metadata }) => metadata.namespace));
  return live.filter((object) => meshes.has(meshOf(object)) && !future.has(idOf(object)) && !removed.has(idOf(object)));
}

/** The record, before the first write; later only what is new is added. */
export function recordOf(objects: MigrateObjects, known?: MoveRecord): MoveRecord {
  const ids = new Set(known?.replaced.map(idOf));
  return {
    before: known?.before ?? [...oldOperators(objects), ...operatorDeployments(objects)].map(asCreated),
    replaced: [...known?.replaced ?? [], ...replacedObjects(objects).filter((object) => !ids.has(idOf(object))).map(asCreated)],
  };
}

/** The ConfigMap of a record. */
export function recordObject(record: MoveRecord, namespace: string): KubeObject {
  return objectOf(CONFIG_MAP, { name: RECORD_NAME, namespace }, { data: { record: JSON.stringify(record) } });
}

/** OLM keeps as many replicas as the version says. */
function installedAtZero(csv: KubeObject): JsonObject {
  const deployments = valueAt(csv, 'spec', 'install', 'spec', 'deployments');
  const stopped = (Array.isArray(deployments) ? deployments : []).filter(isJsonObject).map((one): JsonObject => ({ ...one, spec: { ...isJsonObject(one['spec']) ? one['spec'] : {}, replicas: 0 } }));
  return { spec: { install: { spec: { deployments: stopped } } } };
}

function scaled(object: KubeObject, replicas: number, why: string): Move[] {
  const ref = typed(object);
  return ref === undefined || valueAt(object, 'spec', 'replicas') === replicas ? [] : [{ do: 'patch', ref: { type: ref.type, name: ref.name, ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }) }, patch: { spec: { replicas } }, why }];
}

function selectorOf(deployment: KubeObject | undefined): Readonly<Record<string, string>> {
  const labels = valueAt(deployment, 'spec', 'selector', 'matchLabels');
  return Object.fromEntries(Object.entries(isJsonObject(labels) ? labels : {}).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])));
}

/** Also of one that is at zero already: its pods may not have ended yet. */
function stopped(object: KubeObject, why: string): Move[] {
  const ref = typed(object);
  return ref === undefined ? [] : [{ do: 'stop', ref, pods: selectorOf(object), why }];
}

/** An old selector asks for more labels than the new pods have: their ReplicaSet would stay, and serve, for good. */
function clearances(replaced: readonly KubeObject[], { wanted }: MigrateObjects): readonly Move[] {
  return replaced.filter(({ kind }) => kind === DEPLOYMENT.kind).flatMap((old): Move[] => {
    const labels = selectorOf(wanted.find((object) => idOf(object) === idOf(old)));
    const { name, namespace = '' } = old.metadata;
    return Object.keys(labels).length === 0 ? [] : [{ do: 'clear', ref: { type: DEPLOYMENT, name, namespace }, labels, why: 'the old Deployment does not take over what the new one made' }];
  });
}

function removal(object: KubeObject, isOrphan: boolean, why: string): Move[] {
  const ref = typed(object);
  return ref === undefined ? [] : [{ do: 'delete', ref, isOrphan, why }];
}

/** Registrations of an operator's admission webhooks, by their names. */
function webhooksOf({ live }: MigrateObjects, isMeant: (name: string) => boolean): readonly KubeObject[] {
  return live.filter(({ kind, metadata }) => (kind === VALIDATING_WEBHOOK.kind || kind === MUTATING_WEBHOOK.kind) && isMeant(metadata.name));
}

/** What has to be written to hand the meshes over. The operator does the rest by itself. */
export function movesToApply(objects: MigrateObjects): readonly Move[] {
  const webhooks = webhooksOf(objects, (name) => OLD_WEBHOOK.test(name));
  const isOurs = ({ metadata }: KubeObject): boolean => metadata.name === OPERATOR_NAME;
  const deployments = operatorDeployments(objects);
  return [
    ...oldOperators(objects).map((csv): Move => ({ do: 'patch', ref: { type: CLUSTER_SERVICE_VERSION, name: csv.metadata.name, namespace: csv.metadata.namespace ?? '' }, patch: installedAtZero(csv), why: 'OLM keeps the old operator running' })),
    ...deployments.filter((one) => !isOurs(one)).flatMap((one) => stopped(one, 'two operators would undo each other\'s work')),
    ...webhooks.flatMap((one) => removal(one, false, 'it asks the old operator, who does not answer any more, and forbids every change')),
    ...replacedObjects(objects).flatMap((one) => removal(one, one.kind === DEPLOYMENT.kind, one.kind === DEPLOYMENT.kind ? 'the new one takes its pods over' : 'it is made anew at once')),
    ...deployments.filter((one) => isOurs(one) && valueAt(one, 'spec', 'replicas') === 0).flatMap((one) => scaled(one, 1, 'the new operator begins')),
  ];
}

/** The way back. In: the record, and what is there now. */
export function movesToUndo({ before, replaced }: MoveRecord, objects: MigrateObjects): readonly Move[] {
  const present = new Map(objects.live.map((object) => [idOf(object), object]));
  const ours = operatorDeployments(objects).filter(({ metadata }) => metadata.name === OPERATOR_NAME);
  const anew = replaced.filter((old) => { const now = present.get(idOf(old)); return now === undefined || fixedFieldOf(now, old) !== undefined; });
  return [
    ...ours.flatMap((one) => stopped(one, 'two operators would undo each other\'s work')),
    ...webhooksOf(objects, (name) => name === OPERATOR_NAME).flatMap((one) => removal(one, false, 'it asks this operator, who does not answer any more, and forbids every change')),
    ...anew.flatMap((old) => { const now = present.get(idOf(old)); return now === undefined ? [] : removal(now, now.kind === DEPLOYMENT.kind, now.kind === DEPLOYMENT.kind ? 'the old one takes its pods over' : 'it is made anew at once'); }),
    ...anew.map((object): Move => ({ do: 'create', object, why: 'as it was before the move' })),
    ...clearances(replaced, objects),
    ...before.flatMap((old): Move[] => {
      if (old.kind === CLUSTER_SERVICE_VERSION.kind) return [{ do: 'patch', ref: { type: CLUSTER_SERVICE_VERSION, name: old.metadata.name, namespace: old.metadata.namespace ?? '' }, patch: { spec: { install: valueAt(old, 'spec', 'install') as JsonObject } }, why: 'OLM starts the old operator' }];
      const replicas = valueAt(old, 'spec', 'replicas');
      return old.metadata.name === OLD_OPERATOR && typeof replicas === 'number' ? [{ do: 'patch', ref: { type: DEPLOYMENT, name: old.metadata.name, namespace: old.metadata.namespace ?? '' }, patch: { spec: { replicas } }, why: 'the old operator goes on' }] : [];
    }),
  ];
}

/** The last step, after which there is no way back: what nothing uses any more goes. */
export function movesToFinish(objects: MigrateObjects): readonly Move[] {
  return leftovers(objects).flatMap((object) => removal(object, false, 'nothing of the new mesh uses it'));
}

/** What keeps a control plane from being handed over; undefined: nothing. The old operator writes versions of its own (2.6.4) where this one writes Istio's. */
function obstacleOf({ status, metadata: { generation } }: KubeObject): string | undefined {
  const runs = valueAt(status, 'chartVersion');
  if (typeof runs !== 'string' || !isIstioVersion(runs)) return 'the new operator has not looked at it yet';
  const conditions = valueAt(status, 'conditions');
  const ready: unknown = Array.isArray(conditions) ? conditions.find((condition) => valueAt(condition, 'type') === 'Ready') : undefined;
  if (valueAt(ready, 'status') === 'True' && valueAt(status, 'observedGeneration') === generation) return undefined;
  const message = valueAt(ready, 'message');
  return typeof message === 'string' && message !== '' ? message : 'not ready';
}

/** Control planes that the new operator has not made ready yet, each with what it says. */
export function waitingFor({ controlPlanes }: Pick<MigrateObjects, 'controlPlanes'>): readonly string[] {
  return controlPlanes.flatMap((plane) => {
    const obstacle = obstacleOf(plane);
    return obstacle === undefined ? [] : [`${plane.metadata.namespace ?? ''}/${plane.metadata.name}: ${obstacle}`];
  });
}

const VERBS = { patch: 'change', stop: 'stop', delete: 'delete', clear: 'delete ReplicaSets left behind by' } as const;

/** A move as one line. */
export function shownMove(move: Move): string {
  if (move.do === 'create') return `create ${shownObject(move.object)}: ${move.why}`;
  const { type: { kind }, name, namespace } = move.ref;
  return `${VERBS[move.do]} ${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}${move.do === 'delete' && move.isOrphan ? ', its pods stay' : ''}: ${move.why}`;
}
