import { LABEL_IGNORE_NAMESPACE, LABEL_MEMBER_OF, LABEL_NAMESPACE_NAME } from '../../../api/names.ts';
import type { Json, JsonObject } from '../../../lib/json.ts';
import { istiodName, type ValuesInput } from './input.ts';
import { isAutoInject } from './injector.ts';

/** One entry of the injection webhook. */
export interface InjectorWebhook {
  readonly name: string;
  readonly clientConfig: JsonObject;
  readonly namespaceSelector: JsonObject;
  readonly objectSelector: JsonObject;
  readonly matchConditions: readonly JsonObject[];
  readonly failurePolicy: string;
}

/** `webhooks` of the values. */
export interface WebhookValues {
  readonly injectors: readonly InjectorWebhook[];
  readonly validatorName: string;
  readonly validatorClient: JsonObject;
  readonly failurePolicy: 'Fail' | 'Ignore';
}

const KEY = 'sidecar.istio.io/inject';
const LABEL = `object.metadata.?labels[?'${KEY}']`;
const ANNOTATION = `object.metadata.?annotations[?'${KEY}']`;

/** The pod's own word: its label if it has one, else its annotation, else ''. Source: Istio, `injectRequired`; spec/istio-upstream.md 2. */
const WORD = `${LABEL}.orValue(${ANNOTATION}.orValue(''))`;

/** CEL conditions, by what they ask of the pod. istiod is not called for other pods: if it is down, only these pods wait for it. */
const CONDITIONS = {
  /** The pod asks for a sidecar. */
  asks: { name: 'asks-for-a-sidecar', expression: `${WORD} == 'true'` },
  /** The pod does not refuse one. */
  accepts: { name: 'accepts-a-sidecar', expression: `${WORD} != 'false'` },
  /** The pod says nothing. */
  isSilent: { name: 'says-nothing', expression: `!(${WORD} in ['true', 'false'])` },
} as const;

/** istiod is reached from the API server by its Service. */
function clientConfig(input: ValuesInput, path: string): JsonObject {
  return {
    service: { name: istiodName(input), namespace: input.namespace, path, port: 443 },
    caBundle: Buffer.from(input.rootCertificate, 'utf8').toString('base64'),
  };
}

/** The canary's own members, or all but those. */
function revisionOf({ movedNamespaces = [], onlyNamespaces }: ValuesInput): readonly JsonObject[] {
  const [operator, values] = onlyNamespaces === undefined ? ['NotIn', movedNamespaces] : ['In', onlyNamespaces];
  return values.length === 0 ? [] : [{ key: LABEL_NAMESPACE_NAME, operator, values }];
}

/** Members, without those whose label says otherwise. `byLabel`: only those that ask for sidecars by their label, or only the others. */
function members(input: ValuesInput, byLabel: boolean | undefined): JsonObject {
  const injection = byLabel === true
    ? { key: 'istio-injection', operator: 'In', values: ['enabled'] }
    : { key: 'istio-injection', operator: 'NotIn', values: byLabel === false ? ['disabled', 'enabled'] : ['disabled'] };
  return { matchExpressions: [
    { key: LABEL_MEMBER_OF, operator: 'In', values: [input.namespace] },
    { key: LABEL_IGNORE_NAMESPACE, operator: 'DoesNotExist' },
    injection, ...revisionOf(input),
  ] };
}

/** istiod is not held up by its own webhook. */
const NOT_ISTIOD = { key: 'app', operator: 'NotIn', values: ['istiod'] };

function withoutIstiod(selector: JsonObject): JsonObject {
  const { matchExpressions } = selector;
  return { ...selector, matchExpressions: [...(Array.isArray(matchExpressions) ? matchExpressions : []), NOT_ISTIOD] };
}

interface Entry {
  readonly name: string;
  readonly namespaces: JsonObject;
  readonly pods?: JsonObject;
  readonly condition: JsonObject;
}

/**
 * Who gets a sidecar, in the words of the API server:
 * - a pod that asks for it, in any member;
 * - a pod that does not refuse it, in a member labelled `istio-injection: enabled`, or in every member with `autoInject`;
 * - a pod that says nothing and that one of `alwaysInjectSelector` finds.
 * Law: no pod is found by two entries.
 */
function entries(input: ValuesInput): readonly Entry[] {
  const { spec } = input;
  if (isAutoInject(spec)) return [{ name: 'sidecar-injector.istio.io', namespaces: members(input, undefined), condition: CONDITIONS.accepts }];
  // Parsed label selectors: plain JSON.
  const always = (spec.proxy?.injection?.alwaysInjectSelector ?? []) as readonly JsonObject[];
  return [
    { name: 'sidecar-injector.istio.io', namespaces: members(input, false), condition: CONDITIONS.asks },
    { name: 'namespace.sidecar-injector.istio.io', namespaces: members(input, true), condition: CONDITIONS.accepts },
    ...always.map((pods, index) => ({
      name: `always-${index}.sidecar-injector.istio.io`, namespaces: members(input, false), pods, condition: CONDITIONS.isSilent,
    })),
  ];
}

/** The webhooks of the mesh. They insist on an answer only while istiod is available. Source: spec/istio-upstream.md 1.6 and 2. */
export function webhookValues(input: ValuesInput): WebhookValues {
  const failurePolicy = input.isIstiodAvailable ? 'Fail' : 'Ignore';
  const injectors = entries(input).map(({ name, namespaces, pods = {}, condition }) => ({
    name, failurePolicy, clientConfig: clientConfig(input, '/inject'), namespaceSelector: namespaces,
    objectSelector: withoutIstiod(pods), matchConditions: [condition] as readonly { readonly [key: string]: Json | undefined }[],
  }));
  return {
    injectors, failurePolicy,
    validatorName: `istio-validator-${input.name}-${input.namespace}`,
    validatorClient: clientConfig(input, '/validate'),
  };
}
