import { Refused, JSON_TYPE, refusalOf, type ScopedParts } from './call.ts';
import type { MeshView } from './classify.ts';
import { bodyOf, type RawIncoming } from './forwarding.ts';
import type { Outgoing } from './outgoing.ts';
import { invalid, type Refusal } from './refusal.ts';
import { accessReviewFor, judgedTokenReview, tokenReviewFor } from './reviews.ts';

const PATHS = { 'token-review': '/apis/authentication.k8s.io/v1/tokenreviews', 'access-review': '/apis/authorization.k8s.io/v1/subjectaccessreviews' } as const;

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    // Protobuf is what Kubernetes clients prefer; istiod is told to send JSON.
    throw new Refused({ ...invalid('the review is not JSON; run istiod with ISTIO_KUBE_CLIENT_CONTENT_TYPE=json'), code: 415, reason: 'UnsupportedMediaType' });
  }
}

function accepted(review: object | Refusal): object {
  if ('code' in review) throw new Refused(review);
  return review;
}

/** Answers istiod's questions about accounts with our own account, and only as far as they concern its mesh. */
export async function answerReview({ what, request, view, out }: { readonly what: keyof typeof PATHS; readonly request: RawIncoming; readonly view: MeshView; readonly out: Outgoing }, { upstream }: Pick<ScopedParts, 'upstream'>): Promise<void> {
  const asked = parsed(await bodyOf(request));
  const review = accepted(what === 'token-review' ? tokenReviewFor(asked) : accessReviewFor(asked, view));
  const answer = await upstream.send({ method: 'POST', url: PATHS[what], contentType: JSON_TYPE, body: Buffer.from(JSON.stringify(review)), signal: out.signal });
  if (answer.status >= 300) throw new Refused(await refusalOf(answer));
  const parts: Uint8Array[] = [];
  for await (const part of answer.body) parts.push(part);
  const verdict: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'));
  out.begin(201, JSON_TYPE);
  await out.write(JSON.stringify(what === 'token-review' ? judgedTokenReview(verdict, view) : verdict));
  await out.end();
}
