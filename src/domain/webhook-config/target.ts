/** How the API server reaches the webhook server: through our Service, or at a URL when we run outside of the cluster. */
export type WebhookTarget =
  | { readonly service: { readonly namespace: string; readonly name: string; readonly port: number } }
  /** `https://host:port`, without a slash at the end. */
  | { readonly url: string };

/** Where the API server finds each answer. */
export const WEBHOOK_PATHS = {
  controlPlane: '/validate-smcp', memberRoll: '/validate-smmr', member: '/validate-smm', conversion: '/convert-smcp',
} as const;

/** A `clientConfig` of a webhook configuration or of a CRD's conversion. `caBundle` is base64, as the API wants it. */
export type ClientConfig = {
  readonly caBundle: string;
  readonly url?: string;
  readonly service?: { readonly namespace: string; readonly name: string; readonly path: string; readonly port: number };
};

/** The client config for one path. In: the certificates to trust, PEM. */
export function clientConfigOf(target: WebhookTarget, path: string, caBundlePem: string): ClientConfig {
  const caBundle = Buffer.from(caBundlePem, 'utf8').toString('base64');
  if ('url' in target) return { caBundle, url: `${target.url}${path}` };
  const { namespace, name, port } = target.service;
  return { caBundle, service: { namespace, name, path, port } };
}

/** Every host that the API server may call us by; the serving certificate must be good for them. */
export function hostsOf(target: WebhookTarget): string[] {
  if ('url' in target) return [new URL(target.url).hostname];
  const { namespace, name } = target.service;
  return [`${name}.${namespace}.svc`, `${name}.${namespace}.svc.cluster.local`];
}
