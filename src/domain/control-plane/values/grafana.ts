import type { JsonObject } from '../../../lib/json.ts';
import { sha256Hex } from '../../../lib/hash.ts';
import { DATASOURCE_UID } from '../dashboards/dashboard.ts';
import { DASHBOARD_FILES } from '../dashboards/index.ts';
import { addonImage } from './images.ts';
import type { ValuesInput } from './input.ts';
import { ADDON_SECRET, ADDON_USER, oauthProxy } from './oauth-proxy.ts';
import { addonAccess, podSecurity, type AddonValues } from './addon-access.ts';
import { mergeEnv, plainEnv, secretEnv, type EnvironmentVariable } from './environment.ts';
import { componentRuntime } from './runtime.ts';
import { yamlText } from './yaml-text.ts';

/** `grafana` of the values. */
export interface GrafanaValues extends AddonValues {
  readonly datasources: string;
  /** Everything that Grafana reads, by file name. */
  readonly files: Readonly<Record<string, string>>;
  /** Which of the files are dashboards, as a volume says it. */
  readonly dashboardItems: readonly { readonly key: string; readonly path: string }[];
  readonly env: readonly EnvironmentVariable[];
  readonly podAnnotations: Readonly<Record<string, string>>;
}

/** Name of its settings in `runtime.components`. */
export const GRAFANA_RUNTIME_NAMES: readonly string[] = ['grafana'];

/** True unless the user switched it off or installs it himself. */
export function isGrafana(input: Pick<ValuesInput, 'spec'>): boolean {
  const grafana = input.spec.addons?.grafana;
  return grafana?.enabled !== false && grafana?.install?.selfManaged !== true;
}

const SERVICE_CA = '/var/run/secrets/kubernetes.io/serviceaccount/service-ca.crt';

/** The one data source. On OpenShift Grafana, too, has to say a password at Prometheus; it stays in the Secret and comes in by environment. */
function datasource(input: ValuesInput): JsonObject {
  const isProxied = input.facts.servesRoutes;
  const base = { name: 'Prometheus', uid: DATASOURCE_UID, type: 'prometheus', access: 'proxy', isDefault: true, editable: true, orgId: 1 };
  const address = input.spec.addons?.prometheus?.address ?? `${isProxied ? 'https' : 'http'}://prometheus.${input.namespace}.svc:9090`;
  if (!isProxied) return { ...base, url: address };
  return {
    ...base, url: address, basicAuth: true, basicAuthUser: ADDON_USER, jsonData: { tlsAuthWithCACert: true },
    secureJsonData: { basicAuthPassword: '$ADDON_PASSWORD', tlsCACert: `$__file{${SERVICE_CA}}` },
  };
}

/** A folder of files that Grafana reads, and reads again when they change; nobody changes them in Grafana. Source: Grafana documentation, "Provision Grafana". */
function dashboardProviders(): JsonObject {
  const provider = { name: 'mesh', orgId: 1, folder: 'Mesh', type: 'file', disableDeletion: true, allowUiUpdates: false, updateIntervalSeconds: 30, options: { path: '/etc/tmesh/dashboards' } };
  return { apiVersion: 1, providers: [provider] };
}

/** The login that the user asks for; on OpenShift the proxy asks for one anyway. */
function login(input: ValuesInput): EnvironmentVariable[] | undefined {
  const { enabled, secretName, usernameKey = 'username', passphraseKey = 'passphrase' } = input.spec.addons?.grafana?.install?.security ?? {};
  if (enabled !== true || secretName === undefined || input.facts.servesRoutes) return undefined;
  return [
    ...plainEnv({ GF_AUTH_ANONYMOUS_ENABLED: 'false', GF_AUTH_DISABLE_LOGIN_FORM: 'false', GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION: 'false' }),
    secretEnv('GF_SECURITY_ADMIN_USER', secretName, usernameKey), secretEnv('GF_SECURITY_ADMIN_PASSWORD', secretName, passphraseKey),
  ];
}

/** Who looks: on OpenShift whoever the proxy says; elsewhere anybody inside of the mesh may look, nobody may change. */
function access(input: ValuesInput): EnvironmentVariable[] {
  const asked = login(input);
  if (asked !== undefined) return asked;
  if (!input.facts.servesRoutes) return plainEnv({ GF_AUTH_ANONYMOUS_ENABLED: 'true', GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer', GF_AUTH_DISABLE_LOGIN_FORM: 'true' });
  return [
    ...plainEnv({ GF_SERVER_HTTP_ADDR: '127.0.0.1', GF_AUTH_PROXY_ENABLED: 'true', GF_AUTH_PROXY_HEADER_NAME: 'X-Forwarded-User', GF_AUTH_DISABLE_LOGIN_FORM: 'true' }),
    secretEnv('ADDON_PASSWORD', ADDON_SECRET.name, ADDON_SECRET.passwordKey),
  ];
}

function env(input: ValuesInput): EnvironmentVariable[] {
  const fixed = plainEnv({
    // It calls nobody: no reports, no search for updates, no plug-ins, no news.
    GF_ANALYTICS_REPORTING_ENABLED: 'false', GF_ANALYTICS_CHECK_FOR_UPDATES: 'false', GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: 'false', GF_PLUGINS_PREINSTALL_DISABLED: 'true', GF_NEWS_NEWS_FEED_ENABLED: 'false',
    GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION: 'true', GF_SERVER_HTTP_PORT: '3000',
  });
  const { config } = input.spec.addons?.grafana?.install ?? {};
  const fromSecrets = Object.entries(config?.envSecrets ?? {}).map(([name, secret]) => secretEnv(name, secret, name));
  const own = { ...input.spec.addons?.grafana?.install?.config?.env, ...componentRuntime(input.spec, GRAFANA_RUNTIME_NAMES).container?.env };
  return mergeEnv(fixed, access(input), fromSecrets, plainEnv(own));
}

/** The Grafana of the mesh. It reads its data sources when it starts, hence the fingerprint on the pod; dashboards it reads again by itself. */
export function grafanaValues(input: ValuesInput): GrafanaValues {
  const datasources = yamlText({ apiVersion: 1, datasources: [datasource(input)] });
  return {
    enabled: isGrafana(input),
    datasources,
    files: { 'datasources.yaml': datasources, 'dashboards.yaml': yamlText(dashboardProviders()), ...DASHBOARD_FILES },
    dashboardItems: Object.keys(DASHBOARD_FILES).map((name) => ({ key: name, path: name })),
    env: env(input),
    podAnnotations: { 'sidecar.istio.io/inject': 'false', 'tmesh.maistra.io/config': sha256Hex(datasources, 16) },
    image: addonImage(input, 'grafana', GRAFANA_RUNTIME_NAMES),
    podSecurity: podSecurity(input, 472),
    oauthProxy: oauthProxy(input, { name: 'grafana', upstreamPort: 3000, healthPath: '/api/health' }),
    ...addonAccess(input, 'grafana', input.spec.addons?.grafana?.install?.service),
  };
}
