import { SECRET } from '../../api/kinds.ts';
import { GENERATED_BY_IOR, LABEL_COMPONENT, LABEL_GENERATED_BY, LABEL_MEMBER_OF, LABEL_OWNER } from '../../api/names.ts';
import { labelOf, type KubeObject } from '../../k8s/object.ts';
import type { Step } from '../../k8s/plan.ts';
import { resourcePath, type ResourceType } from '../../k8s/resource.ts';
import { sameJson } from '../../lib/json.ts';
import { isPatched } from '../../runtime/apply.ts';
import { mapLimited } from '../../runtime/limiter.ts';
import { isApplied } from '../../runtime/managed-fields.ts';
import { ApiError, type Rest, type RestRequest } from '../../runtime/rest.ts';
import { applyRequest, fieldManagerOf, patchRequest } from '../../runtime/write-requests.ts';
import type { ObjectReader } from '../cluster-reader.ts';
import type { PlayedStep } from '../play.ts';
import { withoutOfflineOwner } from '../render.ts';
import { masked, shown } from './presentable.ts';
import type { Snapshot } from './snapshot.ts';

/** One object that would change. */
export interface Change {
  /** What it is a part of: a component, `member NAMESPACE`, `routes`, or `cluster`. */
  readonly group: string;
  /** `Kind namespace/name`. */
  readonly object: string;
  /** As it is; undefined: it would be created. */
  readonly before?: KubeObject;
  /** As it would be; undefined: it would be removed. */
  readonly after?: KubeObject;
  /** Why the API server would refuse the change. */
  readonly refused?: string;
}

/** The API server, and what was read of it already. */
export interface Server extends Omit<Snapshot, 'cluster'> {
  readonly rest: Rest;
  readonly reader: ObjectReader;
}

const AT_ONCE = 8;

interface Target {
  readonly type: ResourceType;
  readonly name: string;
  readonly namespace?: string;
}

function targetOf(step: Step): Target {
  if (step.do === 'patch' || step.do === 'remove') return step.ref;
  const { name, namespace } = (step.do === 'apply' ? step.object : step.request.object).metadata;
  return { type: step.type, name, ...(namespace === undefined ? {} : { namespace }) };
}

const nameOf = ({ type, namespace, name }: Target): string => `${type.kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;

function groupOf({ type, namespace = '', name }: Target, object: KubeObject | undefined): string {
  const rest = type.namespaced ? 'other' : 'cluster';
  if (object === undefined) return rest;
  const mesh = labelOf(object, LABEL_MEMBER_OF);
  if (labelOf(object, LABEL_GENERATED_BY) === GENERATED_BY_IOR) return 'routes';
  if (mesh !== undefined && mesh !== namespace) return `member ${type.namespaced ? namespace : name}`;
  return labelOf(object, LABEL_COMPONENT) ?? rest;
}

function objectIn(step: Step): KubeObject | undefined {
  if (step.do === 'apply') return step.object;
  return step.do === 'mint' ? step.request.object : undefined;
}

/** Meshes, by namespace, that a step is about. */
function meshesOf({ namespace, name }: Target, step: Step, live: KubeObject | undefined): readonly (string | undefined)[] {
  const wanted = objectIn(step);
  const labels = [live, wanted].flatMap((object) => (object === undefined ? [] : [labelOf(object, LABEL_MEMBER_OF), labelOf(object, LABEL_OWNER)]));
  const patched = step.do === 'patch' ? [/"maistra\.io\/member-of":"([^"]+)"/.exec(JSON.stringify(step.patch))?.[1]] : [];
  return [namespace ?? name, ...labels, ...patched];
}

/** A write that the API server carries out but for storing it, with the whole object as the answer. */
function dry(request: RestRequest): RestRequest {
  return { ...request, query: { ...request.query, dryRun: 'All' }, accept: 'application/json' };
}

/** Undefined: nothing is left. */
async function outcomeOf(rest: Rest, { step, controller, isMadeAnew }: PlayedStep, live: KubeObject | undefined): Promise<KubeObject | undefined> {
  const manager = fieldManagerOf(controller);
  if (isMadeAnew === true && step.do === 'apply') return withoutOfflineOwner(step.object);
  switch (step.do) {
    case 'remove': return undefined;
    // Its values are made at random, once: there is nothing to be seen, and nothing changes one that exists.
    case 'mint': return live ?? withoutOfflineOwner(step.request.object);
    case 'patch': return live === undefined ? undefined : rest.call<KubeObject>(dry(patchRequest(step.ref, step.patch, manager)));
    case 'apply': return rest.call<KubeObject>(dry(applyRequest(step.type, step.object, manager)));
  }
}

/** Values of Secrets are not even read: all that can be told of one is whether it is there. */
async function liveOf(rest: Rest, reader: ObjectReader, { type, name, namespace }: Target): Promise<KubeObject | undefined> {
  if (type.kind !== SECRET.kind) return reader.get(type, name, namespace);
  const path = resourcePath(type, { name, namespace });
  return rest.call<KubeObject>({ method: 'GET', path, accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' }).catch((thrown: unknown) => {
    if (thrown instanceof ApiError && thrown.status === 404) return undefined;
    throw thrown;
  });
}

/** The two sides as they are shown; undefined when they are the same. */
function sidesOf(live: KubeObject | undefined, outcome: KubeObject | undefined): Pick<Change, 'before' | 'after'> | undefined {
  const [before, after] = [live, outcome].map((object) => (object === undefined ? undefined : shown(object)));
  if (sameJson(before, after)) return undefined;
  const [left, right] = masked(before, after);
  return { ...(left === undefined ? {} : { before: left }), ...(right === undefined ? {} : { after: right }) };
}

/** What the server would have nothing to do for, by its own record in the object: the operator does not send it either. */
function isNeedless({ step, controller, isMadeAnew }: PlayedStep, live: KubeObject | undefined): boolean {
  if (live === undefined || isMadeAnew === true) return false;
  if (step.do === 'patch') return isPatched(live, step.patch);
  return step.do === 'apply' && isApplied(step.object, live, fieldManagerOf(controller));
}

/** In a namespace that is not there, and that the same change would make, nothing can be asked: what is wanted stands for the answer. */
function changeNowhere(step: Step, target: Target): Change | undefined {
  const wanted = objectIn(step);
  const sides = wanted === undefined ? undefined : sidesOf(undefined, withoutOfflineOwner(wanted));
  return sides === undefined ? undefined : { group: groupOf(target, wanted), object: nameOf(target), ...sides };
}

async function changeOf({ rest, reader, live: known, hasNamespace }: Server, played: PlayedStep, isWanted: (meshes: readonly (string | undefined)[]) => boolean): Promise<Change | undefined> {
  const target = targetOf(played.step);
  if (isNeedless(played, known(target.type, target.name, target.namespace))) return undefined;
  const isNowhere = target.namespace !== undefined && !hasNamespace(target.namespace);
  const live = isNowhere ? undefined : await liveOf(rest, reader, target);
  if (!isWanted(meshesOf(target, played.step, live))) return undefined;
  if (isNowhere) return changeNowhere(played.step, target);
  const object = nameOf(target);
  try {
    const outcome = await outcomeOf(rest, played, live);
    const sides = sidesOf(live, outcome);
    return sides === undefined ? undefined : { group: groupOf(target, outcome ?? live), object, ...sides };
  } catch (thrown) {
    if (!(thrown instanceof ApiError) || thrown.status === 0) throw thrown;
    return { group: groupOf(target, live), object, refused: thrown.message };
  }
}

/**
 * What the steps would change. In: the server, steps as played, and the namespaces of the meshes to look at; undefined: all, with what they share.
 * What is in place by the server's own record costs no request; each other step is tried by the API server without being stored, under the field manager of its controller.
 * @throws ApiError when the API server does not answer
 */
export async function changesOf(server: Server, steps: readonly PlayedStep[], meshes: ReadonlySet<string> | undefined): Promise<readonly Change[]> {
  const isWanted = (about: readonly (string | undefined)[]): boolean => meshes === undefined || about.some((mesh) => mesh !== undefined && meshes.has(mesh));
  return (await mapLimited(steps, AT_ONCE, (played) => changeOf(server, played, isWanted))).filter((change) => change !== undefined);
}
