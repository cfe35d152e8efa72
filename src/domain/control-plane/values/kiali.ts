import { LABEL_MEMBER_OF } from '../../../api/names.ts';
import { isJsonObject, type JsonObject } from '../../../lib/json.ts';
import { sha256Hex } from '../../../lib/hash.ts';
import { addonImage } from './images.ts';
import { podSpec } from '../pod-spec.ts';
import type { Spec, ValuesInput } from './input.ts';
import { componentRuntime, type ComponentRuntime } from './runtime.ts';
import { ADDON_SECRET, ADDON_USER, oauthProxy } from './oauth-proxy.ts';
import { addonAccess, podSecurity, routeHost, type AddonValues } from './addon-access.ts';
import { isGrafana } from './grafana.ts';
import { isPrometheus } from './prometheus.ts';
import { isTracing, jaegerName } from './tracing.ts';
import { present, yamlText } from './yaml-text.ts';

/** `kiali` of the values. */
export interface KialiValues extends AddonValues {
  readonly name: string;
  readonly roleBinding: string;
  /** Configuration of the Kiali that we run ourselves. */
  readonly config: string;
  /** Spec of the Kiali resource, for the Kiali operator. */
  readonly resource: JsonObject;
  readonly podAnnotations: Readonly<Record<string, string>>;
}

/** Name of its settings in `runtime.components`. */
export const KIALI_RUNTIME_NAMES: readonly string[] = ['kiali'];

/** True unless the user switched it off. */
export function isKiali(input: Pick<ValuesInput, 'spec'>): boolean {
  return input.spec.addons?.kiali?.enabled !== false;
}

/** How a Kiali resource points at a value of a Secret beside it. A Kiali of ours finds the value in a file. */
const PASSWORD_REFERENCE = `secret:${ADDON_SECRET.name}:${ADDON_SECRET.passwordKey}`;

/** Where Kiali finds an add-on, and where the user's browser does. */
function addonUrls(input: ValuesInput, service: string, route: string, port: { readonly plain: number; readonly proxied: number }): JsonObject {
  const isProxied = input.facts.servesRoutes;
  const host = routeHost(input, route);
  return present({
    internal_url: isProxied ? `https://${service}.${input.namespace}.svc:${port.proxied}` : `http://${service}.${input.namespace}.svc:${port.plain}`,
    external_url: isProxied && host !== '' ? `https://${host}` : undefined,
    auth: isProxied ? present({ type: 'basic', username: ADDON_USER, password: input.facts.servesKiali ? PASSWORD_REFERENCE : undefined, insecure_skip_verify: true }) : undefined,
  });
}

/** Ours, or the one that the user names. */
function grafanaService(input: ValuesInput): JsonObject {
  const { grafana, kiali } = input.spec.addons ?? {};
  const isShown = kiali?.install?.dashboard?.enableGrafana !== false;
  if (grafana?.address !== undefined) return { enabled: isShown, internal_url: grafana.address, external_url: grafana.address };
  return { enabled: isGrafana(input) && isShown, ...addonUrls(input, 'grafana', 'grafana', { plain: 3000, proxied: 3000 }) };
}

/** The other add-ons, as far as they are there and the user wants them shown. */
function externalServices(input: ValuesInput): JsonObject {
  const dashboard = input.spec.addons?.kiali?.install?.dashboard;
  const prometheusUrl = input.spec.addons?.prometheus?.address;
  const { internal_url: url, auth } = addonUrls(input, 'prometheus', 'prometheus', { plain: 9090, proxied: 9090 });
  return {
    // Its questions to istiod need the right to forward ports into the pod, which nobody gets.
    istio: { istio_api_enabled: false },
    prometheus: present({ enabled: (isPrometheus(input) || prometheusUrl !== undefined) && dashboard?.enablePrometheus !== false, url: prometheusUrl ?? url, auth }),
    grafana: grafanaService(input),
    tracing: {
      enabled: isTracing(input) && dashboard?.enableTracing !== false, provider: 'jaeger', use_grpc: false,
      ...addonUrls(input, `${jaegerName(input)}-query`, jaegerName(input), { plain: 16_686, proxied: 443 }),
    },
  };
}

/**
 * Kiali without cluster-wide rights: it sees its mesh and nothing else.
 * Behind the proxy it asks nobody again, and therefore may not change anything; elsewhere users come with a token and with their own rights.
 */
function serverConfig(input: ValuesInput): JsonObject {
  const isProxied = input.facts.servesRoutes;
  return {
    auth: { strategy: isProxied ? 'anonymous' : 'token' },
    deployment: {
      instance_name: 'kiali', namespace: input.namespace, cluster_wide_access: false,
      // The only form from which a Kiali without cluster-wide rights learns its namespaces (kiali, config.go, extractAccessibleNamespaceList).
      discovery_selectors: { default: [{ matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: [...new Set([input.namespace, ...input.members])] }] }] },
      view_only_mode: isProxied || input.spec.addons?.kiali?.install?.dashboard?.viewOnly === true,
    },
    external_services: externalServices(input),
    // Every file under /kiali-override-secrets replaces the field of its name; no secret value stands here.
    login_token: { signing_key: '' },
    server: { address: isProxied ? '127.0.0.1' : '', port: isProxied ? 20_002 : 20_001, web_root: '/', observability: { metrics: { enabled: false } } },
  };
}

/** How its pods run: `runtime.components.kiali` over the deprecated `addons.kiali.install.deployment`. */
export function kialiRuntime(spec: Spec): ComponentRuntime {
  const { resources, affinity, nodeSelector, tolerations } = spec.addons?.kiali?.install?.deployment ?? {};
  const below = { pod: present({ affinity, nodeSelector, tolerations }), container: present({ resources }) };
  // Both are parsed settings of one shape, but for the affinity, which is Kubernetes' own here.
  return componentRuntime(spec, KIALI_RUNTIME_NAMES, undefined, below as JsonObject);
}

/** The same in the words of a Kiali resource. Source: kiali-operator, `spec.deployment`. */
function kialiDeployment(runtime: ComponentRuntime): JsonObject {
  const pod = podSpec(runtime);
  const { nodeAffinity, podAffinity, podAntiAffinity } = { nodeAffinity: undefined, podAffinity: undefined, podAntiAffinity: undefined, ...isJsonObject(pod['affinity']) ? pod['affinity'] : {} };
  const affinity = present({ node: nodeAffinity, pod: podAffinity, pod_anti: podAntiAffinity });
  const { labels, annotations } = runtime.pod?.metadata ?? {};
  const { imagePullPolicy, resources } = runtime.container ?? {};
  return present({
    affinity: Object.keys(affinity).length === 0 ? undefined : affinity,
    node_selector: pod['nodeSelector'], tolerations: pod['tolerations'], priority_class_name: pod['priorityClassName'],
    pod_labels: labels, pod_annotations: annotations, resources, image_pull_policy: imagePullPolicy, replicas: runtime.deployment?.replicas,
  }) as JsonObject;
}

/** Spec for the Kiali operator. Members are found by label, so that joining needs no edit. Source: spec/istio-upstream.md 5.1. */
function kialiResource(input: ValuesInput): JsonObject {
  return {
    auth: { strategy: input.facts.servesRoutes ? 'openshift' : 'token' },
    deployment: {
      namespace: input.namespace, instance_name: 'kiali', cluster_wide_access: false,
      discovery_selectors: { default: [{ matchLabels: { [LABEL_MEMBER_OF]: input.namespace } }] },
      view_only_mode: input.spec.addons?.kiali?.install?.dashboard?.viewOnly === true,
      ...kialiDeployment(kialiRuntime(input.spec)),
    },
    external_services: externalServices(input),
  };
}

/** The Kiali of the mesh. */
export function kialiValues(input: ValuesInput): KialiValues {
  const config = yamlText(serverConfig(input));
  return {
    enabled: isKiali(input),
    name: input.spec.addons?.kiali?.name ?? 'kiali',
    roleBinding: `kiali-${input.namespace}`,
    config,
    resource: kialiResource(input),
    podAnnotations: { 'sidecar.istio.io/inject': 'false', 'tmesh.maistra.io/config': sha256Hex(config, 16) },
    image: addonImage(input, 'kiali', KIALI_RUNTIME_NAMES),
    podSecurity: podSecurity(input, 1000),
    oauthProxy: oauthProxy(input, { name: 'kiali', upstreamPort: 20_002, port: 20_001, healthPath: '/healthz' }),
    ...addonAccess(input, 'kiali', input.spec.addons?.kiali?.install?.service),
  };
}
