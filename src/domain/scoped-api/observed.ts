import { SCOPED_API_NAME } from '../../api/names.ts';
import type { KubeObject } from '../../k8s/object.ts';
import type { OperatorFacts } from '../control-plane/facts.ts';

/** Name of the controller; part of its field manager. */
export const SCOPED_API_CONTROLLER = 'scoped-api';

/** Everything that decides over the scoped API. */
export interface ScopedApiObserved {
  /** All control planes of the cluster. */
  readonly controlPlanes: readonly KubeObject[];
  /** Objects labelled as parts of it. */
  readonly labelled: readonly KubeObject[];
  /** The authority that its certificate is signed by, PEM; '' when there is none, as in soft isolation. */
  readonly authorityPem: string;
  readonly facts: Pick<OperatorFacts, 'isolation' | 'operatorNamespace' | 'operatorVersion' | 'images'>;
}

/** Host under which istiods find it. */
export function scopedApiHost(operatorNamespace: string): string {
  return `${SCOPED_API_NAME}.${operatorNamespace}.svc`;
}
