import { setTimeout as sleep } from 'node:timers/promises';
import { CONFIG_MAP, CONTROL_PLANE, findKind, POD } from '../../api/kinds.ts';
import type { Isolation } from '../../domain/control-plane/facts.ts';
import { isAvailable } from '../../domain/control-plane/readiness.ts';
import { REPLICA_SET } from '../../domain/migrate/foreign.ts';
import { movesToApply, movesToFinish, movesToUndo, RECORD_NAME, recordObject, recordOf, shownMove, waitingFor, type Move, type MoveRecord } from '../../domain/migrate/moves.ts';
import { migrationPlan, type MigrateObjects } from '../../domain/migrate/plan.ts';
import { needsDecision } from '../../domain/migrate/row.ts';
import { isJsonObject, valueAt } from '../../lib/json.ts';
import type { KubeObject } from '../../k8s/object.ts';
import type { ObjectRef } from '../../k8s/ref.ts';
import { resourcePath } from '../../k8s/resource.ts';
import { ApiError, type Rest, type RestRequest } from '../../runtime/rest.ts';
import { ClusterReader, IF_UNREACHABLE } from '../cluster-reader.ts';
import { ensureNamespace } from '../cluster-access.ts';
import { installedFacts } from '../installed-operator.ts';
import { UsageError } from '../usage-error.ts';
import { readMigration } from './read.ts';

/** How a move is carried out. */
export interface MoveOptions {
  readonly rest: Rest;
  readonly operatorNamespace: string;
  /** Default: that of the operator's Deployment. */
  readonly isolation?: Isolation | undefined;
  readonly onProgress: (line: string) => void;
}

const POLL_MS = 1000;
const MOST_TRIES = 120;

function isRecord(value: unknown): value is MoveRecord {
  return isJsonObject(value) && Array.isArray(value['before']) && Array.isArray(value['replaced']);
}

async function knownRecord({ rest, operatorNamespace }: MoveOptions): Promise<MoveRecord | undefined> {
  const object = await new ClusterReader(rest, () => true).get(CONFIG_MAP, RECORD_NAME, operatorNamespace);
  const text = valueAt(object, 'data', 'record');
  if (typeof text !== 'string') return undefined;
  const record: unknown = JSON.parse(text);
  if (!isRecord(record)) throw new UsageError(`ConfigMap ${operatorNamespace}/${RECORD_NAME} is not the record of a move; delete it if you know better`);
  return record;
}

/** What is there already, or gone already, is as it should be: the same move was made before. */
async function send(rest: Rest, request: RestRequest, isDone: (status: number) => boolean): Promise<void> {
  try {
    await rest.call<unknown>(request);
  } catch (thrown) {
    if (!(thrown instanceof ApiError) || !isDone(thrown.status)) throw thrown;
  }
}

/** A Deployment that was deleted with its pods left is there until the API server has let go of them. */
async function createAnew(object: KubeObject, rest: Rest): Promise<void> {
  const type = findKind(object.apiVersion, object.kind);
  if (type === undefined) throw new Error(`${object.kind} is no kind that can be made again`);
  const path = resourcePath(type, { namespace: object.metadata.namespace });
  for (let tries = MOST_TRIES; ; tries -= 1) {
    const failure = await rest.call<unknown>({ method: 'POST', path, body: object }).then(() => undefined, (thrown: unknown) => thrown);
    if (failure === undefined) return;
    if (!(failure instanceof ApiError) || failure.status !== 409 || tries === 0) throw failure;
    await sleep(POLL_MS / 4);
  }
}

const selectorText = (labels: Readonly<Record<string, string>>): string => Object.entries(labels).map(([name, value]) => `${name}=${value}`).join(',');

/** A process that has been told to end still works for a while. Without labels there is nothing to wait for. */
async function untilPodsAreGone(pods: Readonly<Record<string, string>>, namespace: string, { rest, onProgress }: MoveOptions): Promise<void> {
  const labelSelector = selectorText(pods);
  if (labelSelector === '') return;
  for (let tries = MOST_TRIES; ; tries -= 1) {
    const left = await new ClusterReader(rest, () => true).list(POD, { namespace, labelSelector, isMetadataOnly: true });
    if (left.length === 0) return;
    const names = left.map(({ metadata }) => metadata.name).join(', ');
    if (tries === 0) throw new Error(`pods in namespace ${namespace} do not end: ${names}. Look why (kubectl describe pod), then say the command again`);
    if (tries === MOST_TRIES) onProgress(`waiting for the end of ${names}`);
    await sleep(POLL_MS);
  }
}

async function isServing({ type, name, namespace }: ObjectRef, rest: Rest): Promise<boolean> {
  const deployment = await rest.call<KubeObject>({ method: 'GET', path: resourcePath(type, { name, namespace }) });
  const isSeen = valueAt(deployment, 'status', 'observedGeneration') === deployment.metadata.generation;
  return isSeen && isAvailable(deployment) && (valueAt(deployment, 'status', 'updatedReplicas') ?? 0) === valueAt(deployment, 'spec', 'replicas');
}

/** A ReplicaSet without an owner is one that was let go of with its Deployment. */
async function ownerless(namespace: string, labels: Readonly<Record<string, string>>, rest: Rest): Promise<readonly KubeObject[]> {
  const labelSelector = selectorText(labels);
  const found = await new ClusterReader(rest, () => true).list(REPLICA_SET, { namespace, labelSelector, isMetadataOnly: true });
  return found.filter(({ metadata }) => (metadata.ownerReferences ?? []).length === 0);
}

/** Looks again once the Deployment serves: what it has taken over meanwhile, its own pods come from. */
async function clear(ref: ObjectRef, labels: Readonly<Record<string, string>>, { rest }: MoveOptions): Promise<void> {
  const namespace = ref.namespace ?? '';
  if ((await ownerless(namespace, labels, rest)).length === 0) return;
  for (let tries = MOST_TRIES; !await isServing(ref, rest); tries -= 1) {
    if (tries === 0) throw new Error(`Deployment ${namespace}/${ref.name}, as it was before the move, does not become available: what the new one made serves on. Look why (kubectl describe), then say the command again`);
    await sleep(POLL_MS);
  }
  for (const { metadata: { name, uid, resourceVersion } } of await ownerless(namespace, labels, rest)) {
    // One that gets an owner at this very moment is another by then: 409.
    await send(rest, { method: 'DELETE', path: resourcePath(REPLICA_SET, { name, namespace }), body: { propagationPolicy: 'Background', preconditions: { uid, resourceVersion } } }, (status) => status === 404 || status === 409);
  }
}

async function carryOut(move: Move, options: MoveOptions): Promise<void> {
  const { rest, onProgress } = options;
  onProgress(shownMove(move));
  if (move.do === 'create') return createAnew(move.object, rest);
  if (move.do === 'clear') return clear(move.ref, move.labels, options);
  const { type, name, namespace, uid } = move.ref;
  const path = resourcePath(type, { name, namespace });
  const patch = (body: object): Promise<void> => send(rest, { method: 'PATCH', path, body, contentType: 'application/merge-patch+json' }, (status) => status === 404);
  if (move.do === 'patch') return patch(move.patch);
  if (move.do === 'stop') {
    await patch({ spec: { replicas: 0 } });
    return untilPodsAreGone(move.pods, namespace ?? '', options);
  }
  // Another object of this name, made meanwhile, is not meant: 409.
  const body = { propagationPolicy: move.isOrphan ? 'Orphan' : 'Background', ...(uid === undefined ? {} : { preconditions: { uid } }) };
  return send(rest, { method: 'DELETE', path, body }, (status) => status === 404 || status === 409);
}

async function writeRecord(record: MoveRecord, { rest, operatorNamespace }: MoveOptions): Promise<void> {
  await ensureNamespace(rest, operatorNamespace);
  await rest.call<unknown>({
    method: 'PATCH', path: resourcePath(CONFIG_MAP, { name: RECORD_NAME, namespace: operatorNamespace }), query: { fieldManager: 'tmesh-migrate', force: true },
    body: recordObject(record, operatorNamespace), contentType: 'application/apply-patch+yaml',
  });
}

/** Nothing may be decided on half a picture. */
async function readAll({ rest, operatorNamespace, isolation }: MoveOptions): Promise<MigrateObjects> {
  const reader = new ClusterReader(rest, IF_UNREACHABLE);
  const objects = await readMigration(reader, await installedFacts(reader, { operatorNamespace, isolation }, {}));
  const gap = reader.gaps.find(({ status }) => status !== 404);
  if (gap !== undefined) throw new UsageError(`${gap.what} could not be read: ${gap.why}; a move needs the rights of a cluster administrator`);
  return objects;
}

async function waitUntilReady(options: MoveOptions, timeoutMs: number): Promise<void> {
  const until = performance.now() + timeoutMs;
  let told = '';
  for (;;) {
    const waiting = waitingFor({ controlPlanes: await new ClusterReader(options.rest, () => true).list(CONTROL_PLANE) });
    if (waiting.length === 0) return;
    const line = waiting.join('; ');
    if (line !== told) options.onProgress(`waiting: ${line}`);
    told = line;
    if (performance.now() > until) throw new Error(`not ready in time: ${line}. Start the operator if it does not run, then say \`tmesh migrate apply\` again; or go back with \`tmesh migrate undo\``);
    await sleep(POLL_MS);
  }
}

/**
 * Hands all meshes over to the operator and waits until it has made them ready. May be interrupted at any point and said again: what is done is not done twice.
 * @throws UsageError when the plan needs a decision that was not given; an Error when the meshes are not ready in time
 */
export async function applyMigration(options: MoveOptions, { timeoutMs, acceptUnsupported }: { readonly timeoutMs: number; readonly acceptUnsupported: boolean }): Promise<void> {
  const objects = await readAll(options);
  if (objects.controlPlanes.length === 0) throw new UsageError('there is no ServiceMeshControlPlane: nothing to move');
  if (!acceptUnsupported && needsDecision(migrationPlan(objects))) throw new UsageError('something is not supported: see `tmesh migrate plan`, change it, or accept its loss with --accept-unsupported');
  const record = recordOf(objects, await knownRecord(options));
  await writeRecord(record, options);
  for (const move of movesToApply(objects)) await carryOut(move, options);
  await waitUntilReady(options, timeoutMs);
}

async function requireRecord(options: MoveOptions): Promise<MoveRecord> {
  const record = await knownRecord(options);
  if (record === undefined) throw new UsageError(`there is no record of a move in namespace ${options.operatorNamespace}: none was begun, or it is finished`);
  return record;
}

async function dropRecord({ rest, operatorNamespace }: MoveOptions): Promise<void> {
  await send(rest, { method: 'DELETE', path: resourcePath(CONFIG_MAP, { name: RECORD_NAME, namespace: operatorNamespace }) }, (status) => status === 404);
}

/** Gives the meshes back to the old operator. @throws UsageError when there is no move to undo */
export async function undoMigration(options: MoveOptions): Promise<void> {
  const record = await requireRecord(options);
  for (const move of movesToUndo(record, await readAll(options))) await carryOut(move, options);
  await dropRecord(options);
}

/** Deletes what nothing uses any more. There is no way back from here. @throws UsageError when there is no move to finish, or the meshes are not ready */
export async function finishMigration(options: MoveOptions): Promise<void> {
  await requireRecord(options);
  const objects = await readAll(options);
  const waiting = waitingFor(objects);
  if (waiting.length > 0) throw new UsageError(`not ready: ${waiting.join('; ')}`);
  for (const move of movesToFinish(objects)) await carryOut(move, options);
  await dropRecord(options);
}
