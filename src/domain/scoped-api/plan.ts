import { DEPLOYMENT } from '../../api/kinds.ts';
import {
  CLUSTER_ROLE_SCOPED_API, LABEL_APP_NAME, LABEL_COMPONENT, LABEL_MANAGED_BY, LABEL_PART_OF, LABEL_VERSION, MANAGED_BY, OPERATOR_NAME, PART_OF,
  SCOPED_API_AUTHORITY, SCOPED_API_CERTIFICATE_SECRET, SCOPED_API_COMPONENT, SCOPED_API_NAME,
} from '../../api/names.ts';
import type { Plan } from '../../k8s/plan.ts';
import { planPart } from '../cluster-part/plan.ts';
import { renderFolder, type Charts } from '../control-plane/charts.ts';
import { OPERATOR_ARCHITECTURES, OPERATOR_IMAGE_NAME } from '../images.ts';
import { SCOPED_API_CONTROLLER, type ScopedApiObserved } from './observed.ts';

/** What the templates of charts/base/scoped-api may say. */
export interface ScopedApiValues {
  readonly name: string;
  readonly namespace: string;
  readonly clusterRole: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly selector: Readonly<Record<string, string>>;
  readonly podLabels: Readonly<Record<string, string>>;
  readonly image: string;
  readonly architectures: readonly string[];
  readonly authority: { readonly configMap: string; readonly pem: string };
  readonly certificateSecret: string;
}

/** The same for all Istio minors. */
const ANY_MINOR = 'base';

/** Values of the scoped API. Its image is the operator's own: `RELATED_IMAGE_OPERATOR`, else the name that packages give it. */
export function scopedApiValues({ authorityPem, facts: { operatorNamespace, operatorVersion, images } }: ScopedApiObserved): ScopedApiValues {
  const selector = { [LABEL_APP_NAME]: SCOPED_API_NAME };
  return {
    name: SCOPED_API_NAME, namespace: operatorNamespace, clusterRole: CLUSTER_ROLE_SCOPED_API,
    labels: { ...selector, [LABEL_COMPONENT]: SCOPED_API_COMPONENT, [LABEL_VERSION]: operatorVersion, [LABEL_PART_OF]: PART_OF, [LABEL_MANAGED_BY]: MANAGED_BY },
    selector, podLabels: { ...selector, [LABEL_PART_OF]: PART_OF, 'sidecar.istio.io/inject': 'false' },
    image: images[OPERATOR_IMAGE_NAME] ?? `${OPERATOR_NAME}:${operatorVersion}`,
    architectures: OPERATOR_ARCHITECTURES, authority: { configMap: SCOPED_API_AUTHORITY, pem: authorityPem }, certificateSecret: SCOPED_API_CERTIFICATE_SECRET,
  };
}

/**
 * Keeps the one scoped API that all meshes share: there while there is a control plane and isolation is hard, gone with the last one.
 * A control plane that is being deleted counts until it is gone: its istiod runs until then. Source: docs/adr/0033, docs/adr/0047.
 */
export function planScopedApi(observed: ScopedApiObserved, charts: Charts): Plan {
  const isWanted = observed.facts.isolation === 'hard' && observed.authorityPem !== '' && observed.controlPlanes.length > 0;
  const wanted = isWanted ? renderFolder(charts, ANY_MINOR, 'scoped-api', { scoped: scopedApiValues(observed) }) : [];
  return planPart({ component: SCOPED_API_COMPONENT, controller: SCOPED_API_CONTROLLER, workload: DEPLOYMENT }, wanted, observed.labelled);
}
