import { valueAt, sameJson } from '../lib/json.ts';
import { messageOf } from '../lib/result.ts';
import { isDeleting, type KubeObject } from '../k8s/object.ts';
import type { Problem } from '../k8s/plan.ts';
import { ApiError } from '../runtime/rest.ts';
import type { Access, AccessReviewer } from './access.ts';
import type { Findings } from '../domain/validation/findings.ts';
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

/** The object as it will be stored: that of a CREATE need not carry its namespace. */
export function placedObject({ object, name, namespace }: AdmissionRequest): KubeObject {
  return { ...object, metadata: { ...object.metadata, name, namespace } };
}

/** Every mistake in one refusal, so that nobody has to try five times; undefined when there is none. */
export function refuseProblems({ problems, warnings }: Findings): AdmissionAnswer | undefined {
  return problems.length === 0 ? undefined : deny(400, problems.map(describeProblem).join('; '), warnings);
}

/** Path, value, and what is wrong with it. The value is quoted, so that whatever is in it stays one line. */
export function describeProblem({ path, value, message }: Problem): string {
  const said = message.startsWith(path) ? message.slice(path.length) : `: ${message}`;
  const shown = value === '' || said.includes(JSON.stringify(value)) ? '' : ` ${JSON.stringify(value)}`;
  return `${path}${shown}${said}`;
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
