import { createHash } from 'node:crypto';
import { valueAt } from '../lib/json.ts';
import type { Rest } from '../runtime/rest.ts';
import type { MeshViews } from './mesh-views.ts';
import { forbidden, unauthorized, unavailable, type Refusal } from './refusal.ts';
import { accountOf } from './reviews.ts';

/** Who asks: the istiod of one mesh. */
export interface Caller {
  /** Namespace of his control plane. */
  readonly home: string;
  /** Tells processes of one account apart: the pod of the token, where the token has one. */
  readonly process: string;
  readonly token: string;
}

type Verdict = { readonly account: { readonly namespace: string; readonly name: string }; readonly process: string } | undefined;

/** How long a verdict of the API server is believed: a token that was revoked works that long. */
const BELIEVED_MS = 10_000;
const DISBELIEVED_MS = 2000;
const MAX_HELD = 2000;
const MAX_ASKING = 32;
const MAX_TOKEN = 16 * 1024;
const BEARER = /^Bearer ([\w.~+/=-]+)$/;

interface Held { readonly verdict: Promise<Verdict>; readonly until: number }

/** Asks the API server who a token is (TokenReview), and remembers the answer for a moment. */
export class Authentication {
  readonly #rest: Rest;
  readonly #views: MeshViews;
  readonly #now: () => number;
  readonly #held = new Map<string, Held>();
  #asking = 0;

  constructor(rest: Rest, views: MeshViews, now: () => number) {
    this.#rest = rest;
    this.#views = views;
    this.#now = now;
  }

  /** In: the Authorization header. Out: the caller, bound to his mesh now, or why not. Never throws. */
  async callerOf(authorization: unknown): Promise<Caller | Refusal> {
    const token = typeof authorization === 'string' && authorization.length < MAX_TOKEN ? BEARER.exec(authorization)?.[1] : undefined;
    if (token === undefined) return unauthorized('a bearer token is needed: that of an istiod\'s service account');
    const verdict = await this.#verdict(token).catch(() => 'unreachable' as const);
    if (verdict === 'unreachable') return unavailable('the token could not be checked; try again');
    if (verdict === undefined) return unauthorized('the token is not valid, or not one of a service account');
    const { account: { namespace, name }, process } = verdict;
    // Asked each time, not remembered: a control plane that is deleted ends the access of its istiod at once.
    return this.#views.isIstiod(namespace, name) ? { home: namespace, process, token } : forbidden(`${namespace}/${name} is not the account of an istiod`);
  }

  #verdict(token: string): Promise<Verdict> {
    const key = createHash('sha256').update(token).digest('base64');
    const held = this.#held.get(key);
    if (held !== undefined && held.until > this.#now()) return held.verdict;
    if (this.#asking >= MAX_ASKING) return Promise.reject(new Error('too many tokens at once'));
    const verdict = this.#ask(token);
    this.#hold(key, { verdict, until: this.#now() + BELIEVED_MS });
    verdict.then(
      (found) => { if (found === undefined) this.#hold(key, { verdict, until: this.#now() + DISBELIEVED_MS }); },
      () => { this.#held.delete(key); },
    );
    return verdict;
  }

  #hold(key: string, held: Held): void {
    this.#held.delete(key);
    this.#held.set(key, held);
    for (const [oldest] of this.#held) {
      if (this.#held.size <= MAX_HELD) break;
      this.#held.delete(oldest);
    }
  }

  async #ask(token: string): Promise<Verdict> {
    this.#asking += 1;
    try {
      const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } };
      const answer = await this.#rest.call<unknown>({ method: 'POST', path: '/apis/authentication.k8s.io/v1/tokenreviews', body, timeoutMs: 10_000 });
      const account = valueAt(answer, 'status', 'authenticated') === true ? accountOf(valueAt(answer, 'status', 'user', 'username')) : undefined;
      const pod: unknown = valueAt(answer, 'status', 'user', 'extra', 'authentication.kubernetes.io/pod-uid');
      return account === undefined ? undefined : { account, process: Array.isArray(pod) ? String(pod[0]) : '' };
    } finally {
      this.#asking -= 1;
    }
  }
}
