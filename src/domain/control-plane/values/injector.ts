import type { Json, JsonObject } from '../../../lib/json.ts';
import { istioImage } from './images.ts';
import { clusterDomain, discoveryAddress, tokenAudience, trustDomain, type Spec, type ValuesInput } from './input.ts';
import { logLevels } from './istiod.ts';
import { present, yamlText } from './yaml-text.ts';

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
}

/** Does every pod of a member get a sidecar that does not refuse it? */
export function isAutoInject(spec: Spec): boolean {
  return spec.proxy?.injection?.autoInject === true;
}

/** Is redirection set up by the node plugin? On OpenShift it must be: its pods may not have the rights an init container needs. */
export function isCni(input: ValuesInput): boolean {
  const type = input.spec.proxy?.networking?.initialization?.type;
  return type === undefined ? input.facts.servesRoutes : type === 'CNI';
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
  const components = Object.entries(componentLevels ?? {}).toSorted().map(([scope, word]) => `${scope}:${word}`);
  return { level, components: components.length === 0 ? 'misc:error' : components.join(',') };
}

function sidecarValues(input: ValuesInput): JsonObject {
  const { spec } = input;
  const { container, readiness } = spec.proxy?.runtime ?? {};
  const logging = proxyLogging(spec);
  return {
    image: istioImage(input, 'proxy', container),
    autoInject: 'enabled',
    clusterDomain: clusterDomain(spec),
    logLevel: logging.level,
    componentLogLevel: logging.components,
    privileged: false,
    holdApplicationUntilProxyStarts: false,
    statusPort: readiness?.statusPort ?? 15_020,
    readinessInitialDelaySeconds: readiness?.initialDelaySeconds ?? 1,
    readinessPeriodSeconds: readiness?.periodSeconds ?? 2,
    readinessFailureThreshold: readiness?.failureThreshold ?? 30,
    // Parsed requests and limits: plain JSON.
    resources: (container?.resources ?? {}) as Json,
    ...interception(spec),
  };
}

/**
 * Key `values` of the injector's ConfigMap: what the templates of charts/base/injection read, and the few fields that istiod's own code does.
 * All of them are present, empty if need be: a template that meets nothing fails. Source: spec/istio-upstream.md 1.6.
 */
export function injectorSettings(input: ValuesInput): JsonObject {
  const { spec, version, facts } = input;
  const sidecar = sidecarValues(input);
  const container = spec.proxy?.runtime?.container;
  return {
    revision: input.name,
    global: {
      hub: version.row.hub, tag: version.patch, variant: '',
      istioNamespace: input.namespace,
      trustDomain: trustDomain(spec), meshID: '', network: spec.cluster?.network ?? '',
      multiCluster: { clusterName: spec.cluster?.name ?? 'Kubernetes' },
      pilotCertProvider: 'istiod', caAddress: discoveryAddress(input), caName: '', trustBundleName: '', mountMtlsCerts: false,
      sds: { token: { aud: tokenAudience(spec) } }, sts: { servicePort: 0 },
      imagePullPolicy: container?.imagePullPolicy ?? spec.runtime?.defaults?.container?.imagePullPolicy ?? '',
      imagePullSecrets: (container?.imagePullSecrets ?? spec.runtime?.defaults?.container?.imagePullSecrets ?? []).flatMap(({ name }) => (name === undefined ? [] : [name])),
      logging: { level: logLevels(spec) }, logAsJson: spec.general?.logging?.logAsJSON === true,
      proxy: sidecar,
      proxy_init: { image: sidecar['image'] },
    },
    pilot: { cni: { enabled: isCni(input), provider: facts.servesRoutes ? 'multus' : 'default' }, env: {} },
    gateways: { securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } } },
    sidecarInjectorWebhook: { rewriteAppHTTPProbe: spec.proxy?.runtime?.readiness?.rewriteApplicationProbes ?? true },
  };
}

/**
 * Key `config`. The policy is `enabled` because the API server sends istiod only those pods that shall have a sidecar: see webhooks.ts.
 */
function injectorConfig(input: ValuesInput, templates: InjectionTemplates): JsonObject {
  const { injectedAnnotations, neverInjectSelector } = input.spec.proxy?.injection ?? {};
  return present({
    policy: 'enabled',
    defaultTemplates: ['sidecar'],
    alwaysInjectSelector: [],
    // Parsed label selectors: plain JSON.
    neverInjectSelector: (neverInjectSelector ?? []) as readonly Json[],
    injectedAnnotations: (injectedAnnotations ?? {}) as JsonObject,
    templates: { sidecar: templates.sidecar, gateway: templates.gateway },
  });
}

/** Sidecar injection of the mesh. */
export function injectorValues(input: ValuesInput, templates: InjectionTemplates): InjectorValues {
  return {
    configMap: `istio-sidecar-injector-${input.name}`,
    config: yamlText(injectorConfig(input, templates)),
    values: `${JSON.stringify(injectorSettings(input), undefined, 2)}\n`,
  };
}
