/** What of a Route the test router reads. */
export interface RoutedRoute {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly port?: { readonly targetPort?: string | number }; readonly tls?: { readonly termination?: string; readonly insecureEdgeTerminationPolicy?: string } };
  readonly status?: { readonly ingress?: readonly { readonly host?: string; readonly conditions?: readonly { readonly type: string; readonly status: string }[] }[] };
}

export interface HaproxyPorts {
  readonly http: number;
  readonly https: number;
  /** Where the Service's ports lead, by name. */
  readonly backends: Readonly<Record<string, number>>;
}

function hostOf({ status }: RoutedRoute): string | undefined {
  return status?.ingress?.find(({ conditions = [] }) => conditions.some(({ type, status: is }) => type === 'Admitted' && is === 'True'))?.host;
}

/** HAProxy's configuration for admitted Routes without TLS and with passthrough, as OpenShift's router understands them (OpenShift doc "Secured routes"). */
export function haproxyConfig(routes: readonly RoutedRoute[], { http, https, backends }: HaproxyPorts): string {
  const served = routes.flatMap((route) => {
    const host = hostOf(route);
    return host === undefined ? [] : [{ name: route.metadata.name, host, tls: route.spec.tls, port: backends[String(route.spec.port?.targetPort)] }];
  });
  const plain = served.filter(({ tls }) => tls === undefined);
  const passed = served.filter(({ tls }) => tls?.termination === 'passthrough');
  const redirected = passed.filter(({ tls }) => tls?.insecureEdgeTerminationPolicy === 'Redirect');
  return [
    'defaults', '  timeout connect 2s', '  timeout client 5s', '  timeout server 5s',
    'frontend http', '  mode http', `  bind 127.0.0.1:${http}`,
    ...redirected.map(({ host }) => `  http-request redirect scheme https code 302 if { hdr(host),field(1,:) -i ${host} }`),
    ...plain.map(({ host, name }) => `  use_backend ${name} if { hdr(host),field(1,:) -i ${host} }`),
    'frontend https', '  mode tcp', `  bind 127.0.0.1:${https}`, '  tcp-request inspect-delay 5s', '  tcp-request content accept if { req.ssl_hello_type 1 }',
    ...passed.map(({ host, name }) => `  use_backend ${name} if { req.ssl_sni -i ${host} }`),
    ...served.flatMap(({ name, tls, port }) => [`backend ${name}`, `  mode ${tls === undefined ? 'http' : 'tcp'}`, ...(port === undefined ? [] : [`  server gateway 127.0.0.1:${port}`])]),
    '',
  ].join('\n');
}
