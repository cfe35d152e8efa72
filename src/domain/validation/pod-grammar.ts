import * as z from 'zod';
import { environment, imagePath, imageTag, labelKey, labels, labelValue, objectName } from './grammar.ts';

/* What a pod's spec admits, for the fields that users set. Source: Kubernetes API reference, PodSpec and its parts. */

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

const requirement = z.looseObject({ key: labelKey, operator: z.enum(OPERATORS).optional(), values: z.array(labelValue).optional(), topologyKey: labelKey.optional() });

/** A requirement on a label: `In` and `NotIn` need values, the others must have none. In: what a missing operator means. */
function requirements(fallback?: (typeof OPERATORS)[number]): z.ZodType {
  return z.array(requirement.superRefine(({ operator = fallback, values = [] }, context) => {
    const needsValues = operator === 'In' || operator === 'NotIn';
    const path = ['values'];
    if (needsValues && values.length === 0) context.addIssue({ code: 'custom', path, message: `must have at least one value with operator ${operator}` });
    if (!needsValues && values.length > 0) context.addIssue({ code: 'custom', path, message: `must be left out with operator ${operator ?? ''}` });
  }));
}

/** A label selector. */
export const labelSelector = z.looseObject({ matchLabels: labels.optional(), matchExpressions: requirements().optional() });

/** Terms of the API's short anti-affinity. */
export const antiAffinityTerms = requirements('In');

/** Taints that pods tolerate. */
export const tolerations = z.array(z.looseObject({
  key: labelKey.or(z.literal('')).optional(),
  operator: z.enum(['Exists', 'Equal']).optional(),
  value: labelValue.optional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
  tolerationSeconds: z.int().optional(),
}).superRefine(({ key = '', operator = 'Equal', value = '', effect, tolerationSeconds }, context) => {
  const issue = (path: string, message: string): void => { context.addIssue({ code: 'custom', path: [path], message }); };
  if (key === '' && operator !== 'Exists') issue('operator', 'must be Exists when there is no key: that tolerates every taint');
  if (operator === 'Exists' && value !== '') issue('value', 'must be left out with operator Exists');
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') issue('effect', 'must be NoExecute when tolerationSeconds is set');
}));

const selectorTerms = z.array(z.looseObject({
  matchExpressions: z.array(z.looseObject({ key: labelKey, operator: z.enum([...OPERATORS, 'Gt', 'Lt']), values: z.array(z.string()).optional() })).optional(),
  matchFields: z.array(z.looseObject({ key: z.literal('metadata.name'), operator: z.enum(['In', 'NotIn']), values: z.array(z.string()).length(1) })).optional(),
}));

const weight = z.int().min(1).max(100);
const podTerm = z.looseObject({ labelSelector: labelSelector.optional(), namespaces: z.array(objectName).optional(), topologyKey: labelKey });

/** corev1.NodeAffinity. */
export const nodeAffinity = z.strictObject({
  requiredDuringSchedulingIgnoredDuringExecution: z.strictObject({ nodeSelectorTerms: selectorTerms.min(1) }).optional(),
  preferredDuringSchedulingIgnoredDuringExecution: z.array(z.strictObject({ weight, preference: selectorTerms.element })).optional(),
});

/** corev1.PodAffinity and corev1.PodAntiAffinity. */
export const podAffinity = z.strictObject({
  requiredDuringSchedulingIgnoredDuringExecution: z.array(podTerm).optional(),
  preferredDuringSchedulingIgnoredDuringExecution: z.array(z.strictObject({ weight, podAffinityTerm: podTerm })).optional(),
});

/** corev1.Affinity. */
export const affinity = z.strictObject({ nodeAffinity: nodeAffinity.optional(), podAffinity: podAffinity.optional(), podAntiAffinity: podAffinity.optional() });

const SCALES: Readonly<Record<string, number>> = {
  n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60,
};

/** A quantity as a number; NaN for what is none. Source: Kubernetes doc "Quantity". */
export function quantityOf(value: number | string): number {
  const [, number = '', suffix = ''] = /^([-+]?[0-9.]+(?:[eE][-+]?[0-9.]+)?)([a-zA-Z]*)$/.exec(String(value)) ?? [];
  return number === '' ? Number.NaN : Number(number) * (SCALES[suffix] ?? Number.NaN);
}

const resourceName = z.string().refine(
  (name) => ['cpu', 'memory', 'ephemeral-storage'].includes(name) || (name.includes('/') && !name.startsWith('kubernetes.io/') && labelKey.safeParse(name).success),
  'must be cpu, memory, ephemeral-storage, or a resource with a domain such as example.com/device',
);
const amount = z.union([z.number(), z.string()]).refine((value) => quantityOf(value) >= 0, 'must be a quantity that is not negative, for example 100m or 128Mi');
const amounts = z.record(resourceName, amount);

/** Requests and limits of a container: no request above its limit; devices in whole numbers, and the same in both. */
export const resources = z.looseObject({ requests: amounts.optional(), limits: amounts.optional() }).superRefine(({ requests = {}, limits = {} }, context) => {
  const issue = (path: readonly string[], message: string): void => { context.addIssue({ code: 'custom', path: [...path], message }); };
  for (const [name, value] of Object.entries(requests)) {
    const limit = limits[name];
    if (limit !== undefined && quantityOf(value) > quantityOf(limit)) issue(['requests', name], `must not be more than the limit, which is ${limit}`);
    if (name.includes('/') && (limit === undefined || quantityOf(value) !== quantityOf(limit))) issue(['requests', name], 'must be the same as the limit of this resource');
  }
  for (const [name, value] of Object.entries(limits)) {
    if (name.includes('/') && !Number.isInteger(quantityOf(value))) issue(['limits', name], 'must be a whole number');
  }
});

/** References to Secrets. */
export const secretReferences = z.array(z.looseObject({ name: objectName.optional() }));

/** Fields of every container, by name. */
export const COMMON_CONTAINER_FIELDS = { imageRegistry: imagePath, imageTag, imagePullSecrets: secretReferences, resources } as const;

/** Fields of one container. */
export const CONTAINER_FIELDS = { ...COMMON_CONTAINER_FIELDS, imageName: imagePath, env: environment } as const;
