import {
  CLUSTER_ROLE_GATEWAY, CLUSTER_ROLE_ISTIOD_CONTROL_PLANE, CLUSTER_ROLE_ISTIOD_MEMBER, CLUSTER_ROLE_ISTIOD_SOFT, CLUSTER_ROLE_KIALI,
  CLUSTER_ROLE_PROMETHEUS, MESH_USERS_BINDING, MESH_USER_ROLE,
} from '../../../api/names.ts';
import { controlPlanePolicy, exposeRoutePolicy, type SharedPolicy } from '../network-policies.ts';
import type { ValuesInput } from './input.ts';
import { istiodValues, type IstiodValues } from './istiod.ts';
import { meshValues, type MeshValues } from './mesh.ts';
import { injectorValues, type InjectionTemplates, type InjectorValues } from './injector.ts';
import { webhookValues, type WebhookValues } from './webhooks.ts';
import { tracingValues, type TracingValues } from './tracing.ts';
import { prometheusValues, type PrometheusValues } from './prometheus.ts';
import { grafanaValues, type GrafanaValues } from './grafana.ts';
import { kialiValues, type KialiValues } from './kiali.ts';
import { jaegerValues, type JaegerValues } from './jaeger.ts';
import { gatewayValues, type GatewayValues } from './gateways.ts';
import { ADDON_SECRET } from './oauth-proxy.ts';

/** Everything the templates of a mesh may say. Gateways and scaling come on top of it, one at a time. */
export interface Values {
  readonly revision: string;
  readonly namespace: string;
  readonly openshift: boolean;
  readonly roles: Readonly<Record<'controlPlane' | 'member' | 'soft' | 'prometheus' | 'kiali' | 'gateway', string>>;
  readonly meshUsers: { readonly role: string; readonly binding: string };
  readonly addonSecret: typeof ADDON_SECRET;
  readonly policies: { readonly mesh: SharedPolicy; readonly exposeRoute: SharedPolicy };
  readonly mesh: MeshValues;
  readonly istiod: IstiodValues;
  readonly injector: InjectorValues;
  readonly webhooks: WebhookValues;
  readonly tracing: TracingValues;
  readonly prometheus: PrometheusValues;
  readonly grafana: GrafanaValues;
  readonly kiali: KialiValues;
  readonly jaeger: JaegerValues;
  readonly gateways: readonly GatewayValues[];
}

const ROLES: Values['roles'] = {
  controlPlane: CLUSTER_ROLE_ISTIOD_CONTROL_PLANE, member: CLUSTER_ROLE_ISTIOD_MEMBER, soft: CLUSTER_ROLE_ISTIOD_SOFT,
  prometheus: CLUSTER_ROLE_PROMETHEUS, kiali: CLUSTER_ROLE_KIALI, gateway: CLUSTER_ROLE_GATEWAY,
};

/**
 * The values of a mesh, from its applied spec. What wins over what:
 * 1. what this file and its neighbours say (the defaults);
 * 2. profiles, then the user's spec: merged before, by profiles.ts; each section has its own function here;
 * 3. facts of the cluster, where the spec is silent;
 * 4. `runtime.components`: laid over the rendered objects afterwards, by placement.ts.
 * Pure: equal input gives equal values.
 */
export function computeValues(input: ValuesInput, templates: InjectionTemplates): Values {
  return {
    revision: input.name,
    namespace: input.namespace,
    openshift: input.facts.servesRoutes,
    roles: ROLES,
    meshUsers: { role: MESH_USER_ROLE, binding: MESH_USERS_BINDING },
    addonSecret: ADDON_SECRET,
    policies: { mesh: controlPlanePolicy(input.name, input.namespace), exposeRoute: exposeRoutePolicy(input.name, input.facts.exposeRoute) },
    mesh: meshValues(input),
    istiod: istiodValues({ ...input, version: input.istiodVersion }),
    injector: injectorValues(input, templates),
    webhooks: webhookValues(input),
    tracing: tracingValues(input),
    prometheus: prometheusValues(input),
    grafana: grafanaValues(input),
    kiali: kialiValues(input),
    jaeger: jaegerValues(input),
    gateways: gatewayValues(input),
  };
}
