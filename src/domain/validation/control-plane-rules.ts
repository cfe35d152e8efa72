import type { ControlPlaneSpec } from '../../api/maistra-v2/control-plane.ts';
import { RESERVED_GATEWAY_NAMES } from '../../api/maistra-v2/gateways.ts';
import { PROVIDER_KINDS } from '../../api/maistra-v2/mesh-config.ts';
import { showPath } from '../../api/schema/problems.ts';
import type { Problem } from '../../k8s/plan.ts';
import { millisecondsOf } from '../../lib/go-duration.ts';
import { get, type Path } from '../conversion/tree.ts';
import { chooseCanaryVersion } from '../versions.ts';
import { problem, type Findings } from './findings.ts';
import { resources } from './pod-grammar.ts';

/* Rules that look at several fields of a v2 spec (spec/webhooks.md 3). Each is one small function: spec in, problems out. */

const secondsOf = (duration: string): number => millisecondsOf(duration) / 1000;

type Rule = (spec: ControlPlaneSpec) => readonly Problem[];

/** A Service and names with a suffix are made of it. */
const GATEWAY_NAME = /^[a-z]([-a-z0-9]{0,42}[a-z0-9])?$/;

function additionalGateways({ gateways }: ControlPlaneSpec): { readonly path: string; readonly name: string; readonly namespace: string }[] {
  return (['additionalIngress', 'additionalEgress'] as const).flatMap((side) => Object.entries(gateways?.[side] ?? {})
    .map(([name, gateway]) => ({ path: showPath(['spec', 'gateways', side, name]), name, namespace: gateway.namespace ?? '' })));
}

/** Parts that have a Deployment of their own beside the gateways. */
const OTHER_NAMES: ReadonlySet<string> = new Set(['prometheus', 'grafana', 'kiali', 'istio-ilbgateway']);

const jaegerName: Rule = ({ addons, gateways }) => {
  const name = addons?.jaeger?.name ?? '';
  const taken = [...OTHER_NAMES, ...RESERVED_GATEWAY_NAMES, ...Object.keys({ ...gateways?.additionalIngress, ...gateways?.additionalEgress })];
  return taken.includes(name) || name.startsWith('istiod-') ? [problem('spec.addons.jaeger.name', name, 'is the name of another part of the mesh; choose another name')] : [];
};

const gatewayNames: Rule = (spec) => additionalGateways(spec).flatMap(({ path, name }) => {
  if (RESERVED_GATEWAY_NAMES.some((reserved) => reserved === name)) return [problem(path, name, 'has a reserved name; use gateways.ingress or gateways.egress, or choose another name')];
  if (OTHER_NAMES.has(name) || name.startsWith('istiod-')) return [problem(path, name, 'has the name of another part of the mesh; choose another name')];
  return GATEWAY_NAME.test(name) ? [] : [problem(path, name, 'must be named with lower-case letters, digits and dashes, starting with a letter, 44 at most: objects are named after it')];
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

/** Every runtime of the spec, with where it stands. */
function runtimes(spec: ControlPlaneSpec): (readonly [path: readonly string[], runtime: Components[string]])[] {
  const { ingress, egress, additionalIngress = {}, additionalEgress = {} } = spec.gateways ?? {};
  const of = (path: readonly string[], runtime: Components[string] | undefined): (readonly [readonly string[], Components[string]])[] => (runtime === undefined ? [] : [[path, runtime]]);
  return [
    ...components(spec).map(([name, runtime]) => [['runtime', 'components', name], runtime] as const),
    ...of(['gateways', 'ingress', 'runtime'], ingress?.runtime), ...of(['gateways', 'egress', 'runtime'], egress?.runtime),
    ...Object.entries(additionalIngress).flatMap(([name, { runtime }]) => of(['gateways', 'additionalIngress', name, 'runtime'], runtime)),
    ...Object.entries(additionalEgress).flatMap(([name, { runtime }]) => of(['gateways', 'additionalEgress', name, 'runtime'], runtime)),
    ...of(['cluster', 'meshExpansion', 'ilbGateway', 'runtime'], spec.cluster?.meshExpansion?.ilbGateway?.runtime),
  ];
}

const affinity: Rule = (spec) => components(spec).flatMap(([name, { pod }]) => {
  const own = pod?.affinity;
  const isNative = own?.nodeAffinity !== undefined || own?.podAffinity !== undefined;
  if (name === 'kiali' || !isNative) return [];
  return [problem(showPath(['spec', 'runtime', 'components', name, 'pod', 'affinity']), own, 'may only have podAntiAffinity; nodeAffinity and podAffinity are for the component kiali, use nodeSelector here')];
});

const autoScaling: Rule = (spec) => runtimes(spec).flatMap(([path, { deployment }]) => {
  const { minReplicas, maxReplicas } = deployment?.autoScaling ?? {};
  if (minReplicas === undefined || maxReplicas === undefined || minReplicas <= maxReplicas) return [];
  return [problem(showPath(['spec', ...path, 'deployment', 'autoScaling', 'minReplicas']), minReplicas, `must not be more than maxReplicas, which is ${maxReplicas}`)];
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

/** What needs to know where, once it is switched on: the section, the field in it, and an example. */
const NEEDED_WHEN_ON: readonly (readonly [section: Path, field: string, example: string])[] = [
  [['proxy', 'accessLogging', 'envoyService'], 'address', 'log-collector.logs.svc:9000'],
  [['proxy', 'envoyMetricsService'], 'address', 'metrics-collector.metrics.svc:9000'],
  [['addons', 'grafana', 'install', 'security'], 'secretName', 'grafana-login'],
];

const switchedOnWithout: Rule = (spec) => NEEDED_WHEN_ON.flatMap(([section, field, example]) => {
  const isMissing = get(spec, [...section, 'enabled']) === true && get(spec, [...section, field]) === undefined;
  return isMissing ? [problem(showPath(['spec', ...section, field]), undefined, `must be set with enabled: true, for example ${example}`)] : [];
});

const disruptionHasOneLimit: Rule = ({ runtime }) => {
  const { enabled, minAvailable, maxUnavailable } = runtime?.defaults?.deployment?.podDisruption ?? {};
  return enabled === true && minAvailable !== undefined && maxUnavailable !== undefined
    ? [problem('spec.runtime.defaults.deployment.podDisruption.minAvailable', minAvailable, 'and maxUnavailable cannot both be set; remove one of them')] : [];
};

const isZero = (value: number | string | undefined): boolean => value === 0 || value === '0%' || value === '00%';

const updatesCanMove: Rule = (spec) => runtimes(spec).flatMap(([path, { deployment }]) => {
  const { maxSurge, maxUnavailable } = deployment?.strategy?.rollingUpdate ?? {};
  return isZero(maxSurge) && isZero(maxUnavailable)
    ? [problem(showPath(['spec', ...path, 'deployment', 'strategy', 'rollingUpdate', 'maxUnavailable']), maxUnavailable, 'must not be 0 when maxSurge is 0: no pod could ever be replaced')] : [];
});

/** A component's own resources are laid over those of runtime.defaults: a request of the one can be above a limit of the other. */
const resourcesTogether: Rule = (spec) => {
  const defaults = spec.runtime?.defaults?.container?.resources ?? {};
  return runtimes(spec).flatMap(([path, { container }]) => {
    const own = container?.resources;
    if (own === undefined || !resources.safeParse(own).success) return [];
    const merged = resources.safeParse({ requests: { ...defaults.requests, ...own.requests }, limits: { ...defaults.limits, ...own.limits } });
    return merged.success ? [] : [problem(showPath(['spec', ...path, 'container', 'resources']), own, 'does not go with runtime.defaults.container.resources: a request must not be more than the limit; set both here')];
  });
};

const lifetimes: Rule = ({ security }) => {
  const { workloadCertTTLDefault: usual, workloadCertTTLMax: most } = security?.certificateAuthority?.istiod ?? {};
  return usual !== undefined && most !== undefined && secondsOf(usual) > secondsOf(most)
    ? [problem('spec.security.certificateAuthority.istiod.workloadCertTTLDefault', usual, `must not be more than workloadCertTTLMax, which is ${most}`)] : [];
};

const canaryVersion: Rule = ({ updateStrategy }) => {
  const { version } = updateStrategy?.canary ?? {};
  const chosen = version === undefined || version === '' ? undefined : chooseCanaryVersion(version);
  return chosen === undefined || chosen.ok ? [] : [chosen.error];
};

const RULES: readonly Rule[] = [
  authorityHasAddress, gatewayNames, gatewaysAreUnique, jaegerName, discoverySelectors, oneProviderKind, kialiNeedsPrometheus, affinity, autoScaling, tlsVersions, switchedOnWithout, disruptionHasOneLimit,
  updatesCanMove, resourcesTogether, lifetimes, canaryVersion,
];

/** Values that count as another one, each with a sentence. */
function countsAsOther({ tracing }: ControlPlaneSpec): string[] {
  return tracing?.type === 'Stackdriver'
    ? ['spec.tracing.type Stackdriver counts as None, because Istio has no Stackdriver client any more. Use Jaeger, or an opentelemetry provider in meshConfig.extensionProviders.'] : [];
}

/** Findings about fields that must fit together. In: a parsed v2 spec. */
export function controlPlaneRules(spec: ControlPlaneSpec): Findings {
  return { problems: RULES.flatMap((rule) => rule(spec)), warnings: countsAsOther(spec) };
}
