/** One requirement of a label selector. */
export interface LabelSelectorRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[] | undefined;
}

/** A metav1.LabelSelector. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>> | undefined;
  readonly matchExpressions?: readonly LabelSelectorRequirement[] | undefined;
}

type Labels = Readonly<Record<string, string>>;

function meetsRequirement(requirement: LabelSelectorRequirement, labels: Labels): boolean {
  const value = labels[requirement.key];
  const values = requirement.values ?? [];
  switch (requirement.operator) {
    case 'In': return value !== undefined && values.includes(value);
    case 'NotIn': return value === undefined || !values.includes(value);
    case 'Exists': return value !== undefined;
    case 'DoesNotExist': return value === undefined;
    default: return false;
  }
}

/**
 * Does the selector match the labels? An empty selector matches everything; all parts are AND-ed.
 * Source: Kubernetes doc "Labels and Selectors". An unknown operator matches nothing.
 */
export function matchesSelector(selector: LabelSelector, labels: Labels = {}): boolean {
  const pairs = Object.entries(selector.matchLabels ?? {});
  return pairs.every(([key, value]) => labels[key] === value)
    && (selector.matchExpressions ?? []).every((requirement) => meetsRequirement(requirement, labels));
}

/** Does a plain label map (a Service's or a Gateway's selector) match? An empty map matches nothing: see spec/ior.md, OSSM-6615. */
export function matchesLabels(selector: Labels, labels: Labels = {}): boolean {
  const pairs = Object.entries(selector);
  return pairs.length > 0 && pairs.every(([key, value]) => labels[key] === value);
}
