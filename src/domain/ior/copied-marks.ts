import { ANNOTATION_IOR_COPY } from '../../api/names.ts';
import { annotationOf, type KubeObject } from '../../k8s/object.ts';
import type { Problem } from '../../k8s/plan.ts';

type Texts = Readonly<Record<string, string>>;

/**
 * Labels and annotations of the Gateway that always stay there (spec/ior.md 2, wishes.md W25): marks of tools that track what they
 * applied, which would prune or flag the Route, and requests to cert-manager, which in the mesh's namespace are not the tenant's to make.
 */
const NEVER = ['argocd.argoproj.io', 'app.kubernetes.io/instance', 'app.kubernetes.io/managed-by', 'kustomize.toolkit.fluxcd.io', 'helm.toolkit.fluxcd.io',
  'kubectl.kubernetes.io', 'maistra.io/', 'tmesh.maistra.io/', 'cert-manager.io/', 'acme.cert-manager.io/'];

/** A label key as the API server takes it (Kubernetes doc "Labels and Selectors"), or all keys under a prefix: `example.com/*`. */
const PATTERN = /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?(?:\*|[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)$/;

/** Which marks of Gateways the mesh's owner lets through; undefined: all. */
export type Copies = readonly string[] | undefined;

/**
 * Reads the list of the SMCP's annotation `maistra.io/ior-copy`: keys, and prefixes with `*`, between commas. An empty one lets nothing through.
 * An entry that is no key is left out and reported: what the owner did not clearly allow is not copied.
 */
export function copiesOf(controlPlane: KubeObject | undefined): { readonly copies: Copies; readonly problems: readonly Problem[] } {
  const value = controlPlane === undefined ? undefined : annotationOf(controlPlane, ANNOTATION_IOR_COPY);
  if (value === undefined) return { copies: undefined, problems: [] };
  const entries = value.split(',').map((entry) => entry.trim()).filter((entry) => entry !== '');
  const wrong = entries.filter((entry) => !PATTERN.test(entry));
  return {
    copies: entries.filter((entry) => PATTERN.test(entry)),
    problems: wrong.map((entry) => ({
      path: `metadata.annotations["${ANNOTATION_IOR_COPY}"]`, value: entry.slice(0, 100), reason: 'InvalidIorCopy',
      message: `annotation ${ANNOTATION_IOR_COPY} of the ServiceMeshControlPlane lists "${entry.slice(0, 100)}", which is neither a label key nor a prefix like example.com/*; it is ignored`,
    })),
  };
}

function isLetThrough(key: string, copies: Copies): boolean {
  return copies === undefined || copies.some((entry) => (entry.endsWith('*') ? key.startsWith(entry.slice(0, -1)) : key === entry));
}

/** The labels or annotations of a Gateway that its Routes get too. */
export function copiedMarks(marks: Texts | undefined, copies: Copies): Texts {
  return Object.fromEntries(Object.entries(marks ?? {}).filter(([key]) => isLetThrough(key, copies) && !NEVER.some((prefix) => key.startsWith(prefix))));
}
