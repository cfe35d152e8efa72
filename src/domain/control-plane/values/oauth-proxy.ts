import type { JsonObject } from '../../../lib/json.ts';
import { addonImage } from './images.ts';
import type { ValuesInput } from './input.ts';
import { componentRuntime } from './runtime.ts';
import { jsonText } from './yaml-text.ts';

/** The Secret that the add-ons share, minted once. Key names are those of the old operator where it had one. */
export const ADDON_SECRET = { name: 'htpasswd', passwordKey: 'rawPassword', htpasswdKey: 'auth', sessionKey: 'session_secret', signingKey: 'kiali_signing_key' } as const;

/** User name with which add-ons call each other through the proxy. */
export const ADDON_USER = 'internal';

/** Port of the proxy, except where an add-on had another one. */
export const PROXY_PORT = 3001;

/** What stands between an add-on and the outside on OpenShift; empty elsewhere. */
export interface OauthProxy {
  readonly container: JsonObject;
  readonly volumes: readonly JsonObject[];
}

/** Which add-on, and where it listens. */
export interface ProxiedAddon {
  /** Its Service, ServiceAccount and Route. */
  readonly name: string;
  readonly upstreamPort: number;
  readonly port?: number;
  /** Path of the add-on that answers without login, so that the probe sees the add-on itself. Absent: the probe asks the proxy only. */
  readonly healthPath?: string;
}

const TLS = '/etc/tls/private';
const HTPASSWD = '/etc/proxy/htpasswd';
const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

function args(input: ValuesInput, addon: ProxiedAddon): string[] {
  return [
    '-provider=openshift', `-https-address=:${addon.port ?? PROXY_PORT}`, '-http-address=', '-email-domain=*',
    `-upstream=http://127.0.0.1:${addon.upstreamPort}`, ...(addon.healthPath === undefined ? [] : [`-skip-auth-regex=^${addon.healthPath}$`]),
    // Who may see the pods of the control plane may see its add-ons.
    `-openshift-sar=${jsonText({ namespace: input.namespace, resource: 'pods', verb: 'get' })}`,
    `-openshift-service-account=${addon.name}`, `-client-secret-file=${ACCOUNT}/token`,
    `-htpasswd-file=${HTPASSWD}/${ADDON_SECRET.htpasswdKey}`, '-display-htpasswd-form=false', `-cookie-secret-file=${HTPASSWD}/${ADDON_SECRET.sessionKey}`,
    `-tls-cert=${TLS}/tls.crt`, `-tls-key=${TLS}/tls.key`, `-openshift-ca=${ACCOUNT}/ca.crt`, '-openshift-ca=/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  ];
}

function container(input: ValuesInput, addon: ProxiedAddon): JsonObject {
  const port = addon.port ?? PROXY_PORT;
  const runtime = componentRuntime(input.spec, ['global.oauthproxy']).container;
  return {
    name: 'oauth-proxy',
    image: addonImage(input, 'oauth-proxy', ['global.oauthproxy']),
    ...(runtime?.imagePullPolicy === undefined ? {} : { imagePullPolicy: runtime.imagePullPolicy }),
    args: args(input, addon),
    ports: [{ name: 'oauth-proxy', containerPort: port, protocol: 'TCP' }],
    readinessProbe: { httpGet: { path: addon.healthPath ?? '/oauth/healthz', port, scheme: 'HTTPS' }, periodSeconds: 5, timeoutSeconds: 4 },
    resources: runtime?.resources ?? { requests: { cpu: '10m', memory: '32Mi' } },
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, runAsNonRoot: true, capabilities: { drop: ['ALL'] } },
    volumeMounts: [
      { name: 'proxy-tls', mountPath: TLS, readOnly: true },
      { name: 'proxy-htpasswd', mountPath: HTPASSWD, readOnly: true },
      { name: 'trusted-ca-bundle', mountPath: '/etc/pki/ca-trust/extracted/pem', readOnly: true },
    ],
  };
}

function volumes(addon: ProxiedAddon): JsonObject[] {
  const { name, htpasswdKey, sessionKey } = ADDON_SECRET;
  return [
    { name: 'proxy-tls', secret: { secretName: `${addon.name}-tls` } },
    { name: 'proxy-htpasswd', secret: { secretName: name, items: [{ key: htpasswdKey, path: htpasswdKey }, { key: sessionKey, path: sessionKey }] } },
    // Not optional: the pod waits until OpenShift has filled it in.
    { name: 'trusted-ca-bundle', configMap: { name: 'trusted-ca-bundle', items: [{ key: 'ca-bundle.crt', path: 'tls-ca-bundle.pem' }] } },
  ];
}

/** The proxy of an add-on: logs in at the cluster, or lets another add-on in by password. Source: spec/controlplane-install.md 6. */
export function oauthProxy(input: ValuesInput, addon: ProxiedAddon): OauthProxy {
  return input.facts.servesRoutes ? { container: container(input, addon), volumes: volumes(addon) } : { container: {}, volumes: [] };
}

/** Annotations of an add-on's ServiceAccount: its Route is where the login comes back to. */
export function redirectAnnotations(input: ValuesInput, route: string): Readonly<Record<string, string>> {
  if (!input.facts.servesRoutes) return {};
  const reference = { kind: 'OAuthRedirectReference', apiVersion: 'v1', reference: { kind: 'Route', name: route } };
  return { 'serviceaccounts.openshift.io/oauth-redirectreference.primary': jsonText(reference) };
}
