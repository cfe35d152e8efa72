import { SUBJECT_ACCESS_REVIEW } from '../api/kinds.ts';
import { objectOf, resourcePath } from '../k8s/resource.ts';
import { canonicalJson } from '../lib/hash.ts';
import { valueAt } from '../lib/json.ts';
import type { Rest } from '../runtime/rest.ts';
import type { UserInfo } from './review.ts';

/** What somebody wants to do. Without `namespace`: in all of them. */
export interface Access {
  readonly verb: string;
  /** '' for the core group. */
  readonly group: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** Asks the API server what users may do. */
export interface AccessReviewer {
  /** True when the user may. Throws ApiError when the API server cannot say, and the signal's reason when that aborts. */
  may(user: UserInfo, access: Access, signal?: AbortSignal): Promise<boolean>;
}

/** Options of an AccessReviewer. */
export interface AccessReviewerOptions {
  readonly rest: Rest;
  /** Milliseconds that only go forward. */
  readonly monotonicMs: () => number;
}

const GRANT_LIFETIME_MS = 10_000;
const MAX_GRANTS = 10_000;

/**
 * An AccessReviewer that asks by SubjectAccessReview with everything known about the user (Kubernetes doc "Authorization").
 * Grants are remembered for ten seconds; refusals never, so that whoever was just given a role need not wait.
 */
export function createAccessReviewer({ rest, monotonicMs }: AccessReviewerOptions): AccessReviewer {
  const grants = new Map<string, number>();

  const isGranted = (key: string): boolean => {
    const until = grants.get(key);
    if (until === undefined) return false;
    if (monotonicMs() < until) return true;
    grants.delete(key);
    return false;
  };

  const remember = (key: string): void => {
    // A map keeps the order of insertion: the first key is the oldest grant.
    const oldest = grants.size < MAX_GRANTS ? undefined : grants.keys().next().value;
    if (oldest !== undefined) grants.delete(oldest);
    grants.set(key, monotonicMs() + GRANT_LIFETIME_MS);
  };

  return {
    async may(user, access, signal) {
      const spec = {
        user: user.username,
        groups: user.groups,
        extra: user.extra,
        ...(user.uid === undefined ? {} : { uid: user.uid }),
        resourceAttributes: access,
      };
      const key = canonicalJson(spec);
      if (isGranted(key)) return true;
      const body = { ...objectOf(SUBJECT_ACCESS_REVIEW, { name: '' }, { spec }), metadata: {} };
      const answer = await rest.call<unknown>({ method: 'POST', path: resourcePath(SUBJECT_ACCESS_REVIEW), body, ...(signal === undefined ? {} : { signal }) });
      const isAllowed = valueAt(answer, 'status', 'allowed') === true;
      if (isAllowed) remember(key);
      return isAllowed;
    },
  };
}
