import type { ControlPlaneSpec } from '../../api/maistra-v2/control-plane.ts';
import { RESERVED_GATEWAY_NAMES } from '../../api/maistra-v2/gateways.ts';
import { PROVIDER_KINDS } from '../../api/maistra-v2/mesh-config.ts';
import { showPath } from '../../api/schema/problems.ts';
import type { Problem } from '../../k8s/plan.ts';
import { problem, type Findings } from './findings.ts';

/* Rules that look at several fields of a v2 spec (spec/webhooks.md 3). Each is one small function: spec in, problems out. */

type Rule = (spec: ControlPlaneSpec) => readonly Problem[];

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

function additionalGateways({ gateways }: ControlPlaneSpec): { readonly path: string; readonly name: string; readonly namespace: string }[] {
  return (['additionalIngress', 'additionalEgress'] as const).flatMap((side) => Object.entries(gateways?.[side] ?? {})
    .map(([name, gateway]) => ({ path: showPath(['spec', 'gateways', side, name]), name, namespace: gateway.namespace ?? '' })));
}

const gatewayNames: Rule = (spec) => additionalGateways(spec).flatMap(({ path, name }) => {
  if (RESERVED_GATEWAY_NAMES.some((reserved) => reserved === name)) return [problem(path, name, 'has a reserved name; use gateways.ingress or gateways.egress, or choose another name')];
  return DNS_LABEL.test(name) ? [] : [problem(path, name, 'must be named with lower-case letters, digits and dashes, 63 at most: objects are named after it')];
});

const gatewaysAreUnique: Rule = (spec) => {
  const seen = new Set<string>();
  return additionalGateways(spec).flatMap(({ path, name, namespace }) => {
    const place = `${namespace}/${name}`;
    const isTaken = seen.has(place);
    seen.add(place);
    return isTaken ? [problem(path, name, 'is also the name of an additional gateway of the other kind in the same namespace; rename one of them')] : [];
  });
};

const discoverySelectors: Rule = ({ mode, meshConfig }) => (meshConfig?.discoverySelectors === undefined || mode === 'ClusterWide' ? []
  : [problem('spec.meshConfig.discoverySelectors', meshConfig.discoverySelectors, 'needs spec.mode: ClusterWide; a multitenant mesh looks at its members only')]);

const oneProviderKind: Rule = ({ meshConfig }) => (meshConfig?.extensionProviders ?? []).flatMap((provider, index) => {
  const kinds = PROVIDER_KINDS.filter((kind) => provider[kind] !== undefined);
  const path = `spec.meshConfig.extensionProviders[${index}]`;
  return kinds.length === 1 ? [] : [problem(path, provider.name, `must have exactly one of ${PROVIDER_KINDS.join(', ')}; it has ${kinds.length === 0 ? 'none' : kinds.join(' and ')}`)];
});

const kialiNeedsPrometheus: Rule = ({ addons }) => {
  const isNeeded = addons?.kiali?.enabled === true && addons.kiali.name === undefined && addons.prometheus?.address === undefined;
  return isNeeded && addons.prometheus?.enabled === false
    ? [problem('spec.addons.prometheus.enabled', false, 'cannot be false while Kiali is enabled, which reads from it; enable it, give addons.prometheus.address, or disable Kiali')] : [];
};

type Components = NonNullable<NonNullable<ControlPlaneSpec['runtime']>['components']>;

function components({ runtime }: ControlPlaneSpec): [string, Components[string]][] {
  return Object.entries(runtime?.components ?? {});
}

const affinity: Rule = (spec) => components(spec).flatMap(([name, { pod }]) => {
  const own = pod?.affinity;
  const isNative = own?.nodeAffinity !== undefined || own?.podAffinity !== undefined;
  if (name === 'kiali' || !isNative) return [];
  return [problem(showPath(['spec', 'runtime', 'components', name, 'pod', 'affinity']), own, 'may only have podAntiAffinity; nodeAffinity and podAffinity are for the component kiali, use nodeSelector here')];
});

const autoScaling: Rule = (spec) => components(spec).flatMap(([name, { deployment }]) => {
  const { minReplicas, maxReplicas } = deployment?.autoScaling ?? {};
  if (minReplicas === undefined || maxReplicas === undefined || minReplicas <= maxReplicas) return [];
  return [problem(showPath(['spec', 'runtime', 'components', name, 'deployment', 'autoScaling', 'minReplicas']), minReplicas, `must not be more than maxReplicas, which is ${maxReplicas}`)];
});

const tlsVersions: Rule = ({ security }) => {
  const { minProtocolVersion: min, maxProtocolVersion: max } = security?.controlPlane?.tls ?? {};
  if (min === undefined || max === undefined || !/^TLSv1_\d$/.test(min) || !/^TLSv1_\d$/.test(max) || min <= max) return [];
  return [problem('spec.security.controlPlane.tls.minProtocolVersion', min, `must not be above maxProtocolVersion, which is ${max}`)];
};

const authorityHasAddress: Rule = ({ security }) => {
  const authority = security?.certificateAuthority;
  const [section, address] = authority?.type === 'Custom' ? ['custom', authority.custom?.address] as const : ['cert-manager', authority?.['cert-manager']?.address] as const;
  if (authority?.type === undefined || authority.type === 'Istiod' || (address !== undefined && address !== '')) return [];
  return [problem(`spec.security.certificateAuthority.${section}.address`, address, `must be set with type ${authority.type}, for example "my-ca.security.svc:443"; or choose type Istiod`)];
};

const RULES: readonly Rule[] = [authorityHasAddress, gatewayNames, gatewaysAreUnique, discoverySelectors, oneProviderKind, kialiNeedsPrometheus, affinity, autoScaling, tlsVersions];

/** Values that count as another one, each with a sentence. */
function countsAsOther({ tracing }: ControlPlaneSpec): string[] {
  return tracing?.type === 'Stackdriver'
    ? ['spec.tracing.type Stackdriver counts as None, because Istio has no Stackdriver client any more. Use Jaeger, or an opentelemetry provider in meshConfig.extensionProviders.'] : [];
}

/** Findings about fields that must fit together. In: a parsed v2 spec. */
export function controlPlaneRules(spec: ControlPlaneSpec): Findings {
  return { problems: RULES.flatMap((rule) => rule(spec)), warnings: countsAsOther(spec) };
}
