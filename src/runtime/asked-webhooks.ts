import { isJsonObject, objectsAt, textAt, valueAt, type JsonObject } from '../lib/json.ts';
import type { KubeObject } from '../k8s/object.ts';
import { resourcePath, type ResourceType } from '../k8s/resource.ts';
import { matchesSelector } from '../k8s/selector.ts';
import type { LiveObjects } from './live-objects.ts';
import type { Rest } from './rest.ts';

const MUTATING_WEBHOOK: ResourceType = { group: 'admissionregistration.k8s.io', version: 'v1', kind: 'MutatingWebhookConfiguration', plural: 'mutatingwebhookconfigurations', namespaced: false };
const NAMESPACE: ResourceType = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false };

type Labels = KubeObject['metadata']['labels'];

const holds = (list: unknown, wanted: string): boolean => Array.isArray(list) && (list.includes('*') || list.includes(wanted));

/** Versions are left out: by default a rule also gets what was sent in another version. */
function isRuleFor(rule: JsonObject, { group, plural, namespaced }: ResourceType): boolean {
  const scope = textAt(rule, 'scope');
  const resources = valueAt(rule, 'resources');
  return holds(rule['apiGroups'], group) && (holds(resources, plural) || holds(resources, '*/*'))
    && (holds(rule['operations'], 'CREATE') || holds(rule['operations'], 'UPDATE')) && (scope === '' || scope === '*' || (scope === 'Namespaced') === namespaced);
}

/** A selector comes from the API server, which has checked its form. */
function selects(webhook: JsonObject, field: string, labels: Labels): boolean {
  const selector = webhook[field];
  return !isJsonObject(selector) || matchesSelector(selector, labels ?? {});
}

/** Is the webhook asked about writes of the object? Its `matchConditions` are the server's to judge: they count as met. Pure. */
export function isAsked(webhook: JsonObject, type: ResourceType, { object, namespaceLabels }: { readonly object: KubeObject; readonly namespaceLabels: Labels }): boolean {
  // Of what is in no namespace, a namespaceSelector leaves out only Namespaces themselves.
  const isByNamespace = type.namespaced || type.plural === NAMESPACE.plural;
  return objectsAt(webhook, 'rules').some((rule) => isRuleFor(rule, type))
    && selects(webhook, 'objectSelector', object.metadata.labels) && (!isByNamespace || selects(webhook, 'namespaceSelector', namespaceLabels));
}

/**
 * Which mutating webhooks are asked about writes of an object, as `configuration/webhook`. One list request, for a message that is new.
 * Out: sorted names; empty when the list cannot be read. Never rejects.
 */
export async function askedWebhooks({ rest, live }: { readonly rest: Rest; readonly live: LiveObjects }, type: ResourceType, object: KubeObject): Promise<readonly string[]> {
  const namespace = type.plural === NAMESPACE.plural ? object : live.find({ type: NAMESPACE, name: object.metadata.namespace ?? '' })?.object;
  const place = { object, namespaceLabels: namespace?.metadata.labels };
  try {
    const list = await rest.call<unknown>({ method: 'GET', path: resourcePath(MUTATING_WEBHOOK) });
    return objectsAt(list, 'items').flatMap((configuration) => objectsAt(configuration, 'webhooks').filter((webhook) => isAsked(webhook, type, place))
      .map((webhook) => `${textAt(configuration, 'metadata', 'name')}/${textAt(webhook, 'name')}`)).toSorted();
  } catch {
    return [];
  }
}
