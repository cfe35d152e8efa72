import { isJsonObject, valueAt } from '../lib/json.ts';
import { forbidden, type Refusal } from './refusal.ts';
import type { MeshView } from './classify.ts';

const ACCOUNT = /^system:serviceaccount:([a-z0-9-]{1,63}):([a-z0-9][a-z0-9.-]{0,252})$/;

/** A service account by the user name Kubernetes gives it; undefined for other users. */
export function accountOf(username: unknown): { readonly namespace: string; readonly name: string } | undefined {
  const match = typeof username === 'string' ? ACCOUNT.exec(username) : null;
  return match === null ? undefined : { namespace: match[1] ?? '', name: match[2] ?? '' };
}

/** The body for the API server: token and audiences, nothing else of what was sent. */
export function tokenReviewFor(body: unknown): object | Refusal {
  const token = valueAt(body, 'spec', 'token');
  const audiences: unknown = valueAt(body, 'spec', 'audiences');
  if (typeof token !== 'string' || token === '') return forbidden('a TokenReview without spec.token');
  const asked = Array.isArray(audiences) ? audiences.filter((audience) => typeof audience === 'string') : [];
  return { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token, ...(asked.length === 0 ? {} : { audiences: asked }) } };
}

/**
 * What the caller is told of the API server's verdict: as it is for accounts of the mesh, "not authenticated" for all others.
 * istiod signs a certificate for whoever this says is authenticated; that is how strangers stay without one.
 */
export function judgedTokenReview(answer: unknown, view: MeshView): object {
  const account = accountOf(valueAt(answer, 'status', 'user', 'username'));
  const isOurs = valueAt(answer, 'status', 'authenticated') === true && account !== undefined && view.namespaces.has(account.namespace);
  if (isOurs && isJsonObject(answer)) return answer;
  const error = account === undefined ? 'the token is not one of a service account' : `namespace ${account.namespace} is not in the mesh of ${view.home}`;
  return { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', metadata: {}, spec: {}, status: { authenticated: false, error } };
}

const QUESTION = { group: '', verb: 'list', resource: 'secrets', subresource: '', name: '' } as const;

/** Why a question about a resource is not the one that istiod asks. */
function questionFault(asked: Readonly<Record<string, unknown>>, view: MeshView): string | undefined {
  const isTheQuestion = Object.entries(QUESTION).every(([field, value]) => (asked[field] ?? '') === value);
  if (!isTheQuestion) return 'access reviews are answered for "list secrets" only';
  return typeof asked['namespace'] === 'string' && view.namespaces.has(asked['namespace']) ? undefined : 'an access review about a namespace outside of the mesh';
}

/** The one question of istiod: may this account of the mesh list the secrets beside it? Everything else is refused. */
export function accessReviewFor(body: unknown, view: MeshView): object | Refusal {
  const asked: unknown = valueAt(body, 'spec', 'resourceAttributes');
  const user: unknown = valueAt(body, 'spec', 'user');
  if (!isJsonObject(asked) || valueAt(body, 'spec', 'nonResourceAttributes') !== undefined) return forbidden('an access review that is not about a resource');
  const fault = questionFault(asked, view);
  if (fault !== undefined) return forbidden(fault);
  if (!view.namespaces.has(accountOf(user)?.namespace ?? '')) return forbidden('an access review about an account outside of the mesh');
  const resourceAttributes = { namespace: asked['namespace'], verb: QUESTION.verb, resource: QUESTION.resource };
  return { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec: { user, resourceAttributes } };
}
