import { valueAt, sameJson } from '../lib/json.ts';
import { messageOf } from '../lib/result.ts';
import { isDeleting, type KubeObject } from '../k8s/object.ts';
import type { Problem } from '../k8s/plan.ts';
import { ApiError } from '../runtime/rest.ts';
import type { Access, AccessReviewer } from './access.ts';
import type { MeshWorld } from './mesh-world.ts';
import { deny, type AdmissionAnswer, type AdmissionRequest, type UserInfo } from './review.ts';

/** What decisions are made from, besides the request. */
export interface AdmissionContext {
  readonly world: MeshWorld;
  readonly access: AccessReviewer;
  readonly operatorNamespace: string;
}

/** Decides over one request. Aborts its calls with the signal; may throw for failures that are not the user's. */
export type Decide = (request: AdmissionRequest, context: AdmissionContext, deadline: AbortSignal) => Promise<AdmissionAnswer>;

/** True when the request leaves `spec` as it was: labels, finalizers and the like are never held back by a rule about the spec. */
export function keepsSpec({ object, oldObject }: AdmissionRequest): boolean {
  return oldObject !== undefined && sameJson(object['spec'], oldObject['spec']);
}

/** True for requests that are none of our business: the object is on its way out, or its spec stays. */
export function isBeyondRules(request: AdmissionRequest): boolean {
  return isDeleting(request.object) || keepsSpec(request);
}

/** Nothing of a mesh lives beside the operator: its namespace holds the certificates of the whole cluster's webhooks. */
export function refuseOperatorNamespace(request: AdmissionRequest, { operatorNamespace }: AdmissionContext): AdmissionAnswer | undefined {
  if (request.namespace !== operatorNamespace) return undefined;
  return deny(400, `metadata.namespace "${request.namespace}": this is the operator's own namespace; create the ${request.object.kind} in another one`);
}

/** All mistakes in one sentence each; one refusal says them all, so that nobody has to try five times. */
export function refuseProblems(problems: readonly Problem[], warnings: readonly string[] = []): AdmissionAnswer | undefined {
  if (problems.length === 0) return undefined;
  return deny(400, problems.map((problem) => describeProblem(problem)).join('; '), warnings);
}

/** `path: message`, with the value unless the message has it. */
export function describeProblem({ path, value, message }: Problem): string {
  const shown = value === '' || message.includes(value) ? '' : ` ${JSON.stringify(value)}`;
  return message.startsWith(path) ? message : `${path}${shown}: ${message}`;
}

/** `user "x" does not have permission to …`, unless the user may. An unanswered question is a refusal that says so (500). */
export async function refuseWithout(user: UserInfo, access: Access, to: string, { reviewer, deadline }: { reviewer: AccessReviewer; deadline: AbortSignal }): Promise<AdmissionAnswer | undefined> {
  try {
    if (await reviewer.may(user, access, deadline)) return undefined;
  } catch (error) {
    return refuseUnanswered(user, error);
  }
  return deny(403, `user "${user.username}" does not have permission to ${to}`);
}

/** The API server could not say what the user may do. Throws what is not an answer of the API server or the end of its patience. */
export function refuseUnanswered(user: UserInfo, error: unknown): AdmissionAnswer {
  const isExpected = error instanceof ApiError || (error instanceof DOMException && error.name === 'TimeoutError');
  if (!isExpected) throw error;
  return deny(500, `the permissions of user "${user.username}" could not be checked (${messageOf(error)}); try again`);
}

/** A text at a path of an object, or ''. */
export function textAt(object: KubeObject | undefined, ...path: readonly string[]): string {
  const value = valueAt(object, ...path);
  return typeof value === 'string' ? value : '';
}
