import { WEBHOOK_PATHS } from '../domain/webhook-config/target.ts';
import { messageOf, ok } from '../lib/result.ts';
import { convertAll } from './convert.ts';
import type { AdmissionContext, Decide } from './decision.ts';
import { admissionReviewOf, conversionReviewOf, deny, parseAdmissionReview, parseConversionReview, type AdmissionAnswer, type AdmissionRequest } from './review.ts';
import type { ReviewHandler } from './server.ts';
import { decideMember } from './smm.ts';
import { decideMemberRoll } from './smmr.ts';
import { controlPlaneDecision, type ControlPlaneRules, type ConvertControlPlane } from './smcp.ts';

/** Called for a decision or a conversion that threw: a bug of ours. The request is refused with a sentence. */
export type OnFailure = (path: string, error: unknown) => void;

/** Everything the handlers need. */
export interface HandlerOptions {
  readonly context: AdmissionContext;
  readonly rules: ControlPlaneRules;
  readonly onFailure: OnFailure;
}

const STARTING = 'the operator is still reading the cluster and cannot judge this yet; try again in a few seconds';

async function guarded(decide: () => Promise<AdmissionAnswer>, onError: (error: unknown) => void): Promise<AdmissionAnswer> {
  try {
    return await decide();
  } catch (error) {
    onError(error);
    return deny(500, `the operator failed while it judged this: ${messageOf(error)}; see its log`);
  }
}

/** An object on its way out is let go in any state of ours: a deletion must never wait for the operator. */
function mustWait(request: AdmissionRequest, { world }: AdmissionContext): boolean {
  return !world.isSynced() && request.object.metadata.deletionTimestamp === undefined;
}

function admission(path: string, decide: Decide, { context, onFailure }: HandlerOptions): ReviewHandler {
  return async (body, deadline) => {
    const request = parseAdmissionReview(body);
    if (!request.ok) return request;
    const answer = mustWait(request.value, context)
      ? deny(503, STARTING)
      : await guarded(async () => decide(request.value, context, deadline), (error) => { onFailure(path, error); });
    return ok({ review: admissionReviewOf(request.value.uid, answer), outcome: answer.allowed ? 'allowed' as const : 'denied' as const });
  };
}

/** Conversion needs no cache and no rights; it answers from the first moment. */
function conversion(path: string, convert: ConvertControlPlane, onFailure: OnFailure): ReviewHandler {
  const safely: ConvertControlPlane = (object, version) => {
    try {
      return convert(object, version);
    } catch (error) {
      onFailure(path, error);
      return { ok: false, error: `the operator failed: ${messageOf(error)}` };
    }
  };
  return async (body) => {
    const request = parseConversionReview(body);
    if (!request.ok) return request;
    const result = convertAll(request.value, safely);
    return ok({ review: conversionReviewOf(request.value.uid, result), outcome: result.ok ? 'converted' as const : 'failed' as const });
  };
}

/** All handlers by path, for `startWebhookServer`. */
export function webhookHandlers(options: HandlerOptions): ReadonlyMap<string, ReviewHandler> {
  const { controlPlane, memberRoll, member, conversion: convert } = WEBHOOK_PATHS;
  return new Map([
    [controlPlane, admission(controlPlane, controlPlaneDecision(options.rules), options)],
    [memberRoll, admission(memberRoll, decideMemberRoll, options)],
    [member, admission(member, decideMember, options)],
    [convert, conversion(convert, options.rules.convert, options.onFailure)],
  ]);
}
