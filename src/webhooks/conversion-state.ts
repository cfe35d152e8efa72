import { valueAt } from '../lib/json.ts';
import type { KubeObject } from '../k8s/object.ts';

/** True when the API server is to convert by a webhook; else it only exchanges the number of the version. In: the CRD. */
export const hasConversion = (crd: KubeObject | undefined): boolean => valueAt(crd, 'spec', 'conversion', 'strategy') === 'Webhook';

/** Longer than a request is on its way through the API server before it asks us, and than the API server needs to follow its own CRD. */
export const SETTLED_MS = 1_000;

/** Tells whether the API server converts, and has done so for a while. */
export interface ConversionState {
  changed(before: KubeObject | undefined, after: KubeObject | undefined): void;
  /** In: the CRD now. */
  isConverting(crd: KubeObject | undefined): boolean;
}

/**
 * A request that came in before the conversion was back is stored without it, although it asks us after. So a conversion that was missing counts only after
 * a moment; one that was there when we began counts at once.
 */
export function conversionState(monotonicMs: () => number): ConversionState {
  let backSince = Number.NEGATIVE_INFINITY;
  return {
    changed(before, after) {
      if (before !== undefined && !hasConversion(before) && hasConversion(after)) backSince = monotonicMs();
    },
    isConverting: (crd) => hasConversion(crd) && monotonicMs() - backSince >= SETTLED_MS,
  };
}
