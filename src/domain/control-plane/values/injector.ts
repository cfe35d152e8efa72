import { ANNOTATION_SIDECAR } from '../../../api/names.ts';
import { fingerprint } from '../../../lib/hash.ts';
import type { JsonObject } from '../../../lib/json.ts';
import { sortedBy } from '../../../lib/sort.ts';
import { cniProvider, wantsCni } from '../../cni/choice.ts';
import { markText } from '../../sidecars/mark.ts';
import { istioImage } from './images.ts';
import { authorityAddress, clusterDomain, injectorName, tokenAudience, trustDomain, type Spec, type ValuesInput } from './input.ts';
import { logLevels } from './istiod.ts';
import { proxyConfig } from './mesh.ts';
import { yamlText } from './yaml-text.ts';

type ProxyContainer = NonNullable<NonNullable<NonNullable<Spec['proxy']>['runtime']>['container']>;

/** The texts of charts/<version>/injection, by template name. */
export interface InjectionTemplates {
  readonly sidecar: string;
  readonly gateway: string;
}

/** `injector` of the values. */
export interface InjectorValues {
  readonly configMap: string;
  readonly config: string;
  readonly values: string;
  /** What tells the sidecars that are given now from those of before. */
  readonly mark: string;
}

/** Does every pod of a member get a sidecar that does not refuse it? */
export function isAutoInject(spec: Spec): boolean {
  return spec.proxy?.injection?.autoInject === true;
}

/** Is redirection set up by the node plug-in? */
export function isCni(input: ValuesInput): boolean {
  return wantsCni(input.spec.proxy?.networking?.initialization?.type, input.facts);
}

const joined = (values: readonly (string | number)[] | undefined, fallback = ''): string => (values === undefined ? fallback : values.join(','));

/** Ports and address ranges that the proxy takes over. */
function interception(spec: Spec): JsonObject {
  const { inbound, outbound } = spec.proxy?.networking?.trafficControl ?? {};
  return {
    includeInboundPorts: joined(inbound?.includedPorts, '*'),
    excludeInboundPorts: joined(inbound?.excludedPorts),
    includeIPRanges: joined(outbound?.includedIPRanges, '*'),
    excludeIPRanges: joined(outbound?.excludedIPRanges),
    includeOutboundPorts: '',
    excludeOutboundPorts: joined(outbound?.excludedPorts),
  };
}

/** Envoy's log level and levels per component; also on the command line of gateways. */
export function proxyLogging(spec: Spec): { readonly level: string; readonly components: string } {
  const { level = 'warning', componentLevels } = spec.proxy?.logging ?? {};
  const components = sortedBy(Object.entries(componentLevels ?? {}), ([scope]) => scope).map(([scope, word]) => `${scope}:${word}`);
  return { level, components: components.length === 0 ? 'misc:error' : components.join(',') };
}

function probe(spec: Spec): JsonObject {
  const readiness = spec.proxy?.runtime?.readiness;
  return {
    statusPort: readiness?.statusPort ?? 15_020,
    readinessInitialDelaySeconds: readiness?.initialDelaySeconds ?? 1,
    readinessPeriodSeconds: readiness?.periodSeconds ?? 2,
    readinessFailureThreshold: readiness?.failureThreshold ?? 30,
  };
}

function sidecarValues(input: ValuesInput, image: string): JsonObject {
  const { spec } = input;
  const logging = proxyLogging(spec);
  return {
    image,
    autoInject: 'enabled',
    clusterDomain: clusterDomain(spec),
    logLevel: logging.level,
    componentLogLevel: logging.components,
    privileged: false,
    holdApplicationUntilProxyStarts: false,
    resources: spec.proxy?.runtime?.container?.resources ?? {},
    ...probe(spec),
    ...interception(spec),
  };
}

function initContainer(spec: Spec): ProxyContainer {
  return spec.proxy?.networking?.initialization?.initContainer?.runtime ?? {};
}

/** The init container: the sidecar's image, pull policy and resources unless it has its own. */
function initValues(input: ValuesInput): JsonObject {
  const { imagePullPolicy = '', resources = {}, env = {}, ...image } = initContainer(input.spec);
  return { image: istioImage(input, 'proxy', { ...input.spec.proxy?.runtime?.container, ...image }), imagePullPolicy, resources, env: { ...env } };
}

function imagePull(spec: Spec): JsonObject {
  const { imagePullPolicy = '', imagePullSecrets = [] } = { ...spec.runtime?.defaults?.container, ...spec.proxy?.runtime?.container };
  const ofInit = initContainer(spec).imagePullSecrets ?? [];
  return {
    imagePullPolicy,
    imagePullSecrets: [...new Set([...imagePullSecrets, ...ofInit].flatMap(({ name }) => (name === undefined ? [] : [name])))],
  };
}

/** Fields that a template of Istio's asks for and that mean nothing here. */
const UNUSED: JsonObject = { variant: '', meshID: '', caName: '', trustBundleName: '', mountMtlsCerts: false, sts: { servicePort: 0 } };

/** Old suffixes name the pod's namespace as a template, `{{namespace}}.global`; ours puts it in for this mark. */
function searchSuffixes(spec: Spec): string[] {
  return (spec.proxy?.networking?.dns?.searchSuffixes ?? []).map((suffix) => suffix.replaceAll(/\{\{[^}]*namespace[^}]*\}\}/gi, '%NAMESPACE%'));
}

function globalValues(input: ValuesInput): JsonObject {
  const { spec, version } = input;
  const image = istioImage(input, 'proxy', spec.proxy?.runtime?.container);
  return {
    ...UNUSED,
    hub: version.row.hub, tag: version.patch,
    istioNamespace: input.namespace,
    trustDomain: trustDomain(spec),
    network: spec.cluster?.network ?? '',
    multiCluster: { clusterName: spec.cluster?.name ?? 'Kubernetes' },
    pilotCertProvider: 'istiod', caAddress: authorityAddress(input),
    sds: { token: { aud: tokenAudience(spec) } },
    ...imagePull(spec),
    logging: { level: logLevels(spec) }, logAsJson: spec.general?.logging?.logAsJSON === true,
    proxy: sidecarValues(input, image),
    proxy_init: initValues(input),
    podDNSSearchNamespaces: searchSuffixes(spec),
  };
}

/**
 * Key `values` of the injector's ConfigMap: what the templates of charts/base/injection read, and the few fields that istiod's own code does.
 * All of them are present, empty if need be: a template that meets nothing fails. Source: spec/istio-upstream.md 1.6.
 */
export function injectorSettings(input: ValuesInput): JsonObject {
  return {
    revision: input.name,
    global: globalValues(input),
    pilot: { cni: { enabled: isCni(input), provider: cniProvider(input.facts) }, env: {} },
    gateways: { securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } } },
    sidecarInjectorWebhook: { rewriteAppHTTPProbe: input.spec.proxy?.runtime?.readiness?.rewriteApplicationProbes ?? true },
  };
}

/**
 * Key `config`. The policy is `enabled` because the API server sends istiod only those pods that shall have a sidecar: see webhooks.ts.
 */
function injectorConfig(input: ValuesInput, templates: InjectionTemplates): JsonObject {
  const { injectedAnnotations, neverInjectSelector } = input.spec.proxy?.injection ?? {};
  return {
    policy: 'enabled',
    defaultTemplates: ['sidecar'],
    alwaysInjectSelector: [],
    neverInjectSelector: neverInjectSelector ?? [],
    injectedAnnotations: injectedAnnotations ?? {},
    templates: { sidecar: templates.sidecar, gateway: templates.gateway },
  };
}

/** Changes with everything that a sidecar is made from: templates, values, and what the mesh configuration has for pods. */
function sidecarMark(input: ValuesInput, ...madeFrom: readonly JsonObject[]): string {
  const isMerged = input.spec.addons?.prometheus?.scrape ?? true;
  return markText({ mesh: input.namespace, revision: input.name, version: input.version.patch, settings: fingerprint([...madeFrom, proxyConfig(input), isMerged]) });
}

/** Sidecar injection of the mesh, of the version that sidecars have now. istiod writes `injectedAnnotations` to every pod that it gives a sidecar. */
export function injectorValues(mesh: ValuesInput, templates: InjectionTemplates): InjectorValues {
  const input = { ...mesh, version: mesh.proxyVersion };
  const [config, values] = [injectorConfig(input, templates), injectorSettings(input)];
  const mark = sidecarMark(input, config, values);
  const annotations = { ...input.spec.proxy?.injection?.injectedAnnotations, [ANNOTATION_SIDECAR]: mark };
  return {
    configMap: injectorName(input), mark,
    config: yamlText({ ...config, injectedAnnotations: annotations }),
    values: `${JSON.stringify(values, undefined, 2)}\n`,
  };
}
