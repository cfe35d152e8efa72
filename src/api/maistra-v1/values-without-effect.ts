/*
 * Helm values of v1 that users of old YAML set, that no field of v2 stands for, and that do nothing: data only. The admission warning and
 * docs/fields-without-effect.md come from here. Values that a v2 field stands for are in src/api/maistra-v2/fields-without-effect.ts.
 * Source: spec/conversion-v1-v2.md 2; a test looks at each of its paths.
 */

/** One row: a value below `spec.istio`, or everything below it. */
export interface ValueWithoutEffect {
  /** Keys below `spec.istio`. `*` is any key. */
  readonly path: readonly string[];
  /** Why, as the rest of a sentence that starts with "because". */
  readonly because: string;
  /** What to do, as a sentence. */
  readonly instead: string;
}

const row = (path: string, because: string, instead: string): ValueWithoutEffect => ({ path: path.split('.'), because, instead });

const MIXER = 'Mixer ended with Istio 1.7';
const OLD_NOTES = 'the old operator wrote it down for itself when it converted the object';

/** The table. Of two rows that fit, the first counts. */
export const VALUES_WITHOUT_EFFECT: readonly ValueWithoutEffect[] = [
  row('global.clusterScoped', 'it was a switch of version 2.3', 'Set global.clusterWide.'),
  row('global.meshExpansion.useILB', 'the internal load balancer has a switch of its own', 'Set gateways.istio-ilbgateway.enabled.'),
  row('global.multiCluster.multiClusterOverrides', OLD_NOTES, 'Remove it.'),
  row('global.multiCluster.addedSearchSuffixes', OLD_NOTES, 'Remove it.'),
  row('global.multiCluster.addedLocalNetwork', OLD_NOTES, 'Remove it.'),
  row('global.istioRemote', MIXER, 'Remove it.'),
  row('global.tracer.zipkin', 'spans go to the Jaeger of the mesh', 'Name your own collector in meshConfig.extensionProviders.'),
  row('global.tracer.lightstep', 'Istio has no Lightstep client any more', 'Name your own collector in meshConfig.extensionProviders.'),
  row('global.tracer.datadog', 'Istio has no Datadog client of this kind any more', 'Name your own collector in meshConfig.extensionProviders.'),
  row('global.k8sIngress.enableHttps', 'Istio takes ports and certificates from the Ingress objects', 'Name the Secret in spec.tls of the Ingress.'),
  row('global.k8sIngress.gatewayName', 'Ingress objects are served by istio-ingressgateway', 'Remove it.'),
  row('global.useMCP', 'Galley is part of istiod', 'Remove it.'),
  row('gateways.*.name', 'a gateway is named by its key', 'Remove it.'),
  row('gateways.istio-ingressgateway.gatewayType', 'this gateway is always an ingress gateway', 'Remove it.'),
  row('gateways.istio-egressgateway.gatewayType', 'this gateway is always an egress gateway', 'Remove it.'),
  row('gateways.*.gatewayType', 'every other gateway is an ingress gateway unless this says egress', 'Remove it.'),
  row('telemetry.v1', `${MIXER}; the proxies report by themselves`, 'Set telemetry.enabled.'),
  row('telemetry.v2.prometheus', 'the proxies report to Prometheus whenever telemetry is on', 'Set telemetry.enabled.'),
  row('mixer.adapters.prometheus.enabled', MIXER, 'Set prometheus.enabled.'),
  row('telemetry', 'the proxies report unless telemetry is switched off', 'Set telemetry.enabled to true or false.'),
  row('policy', MIXER, 'Write AuthorizationPolicies.'),
  ...['tracing.provider', 'global.proxy.tracer'].map((path) => row(path, 'spans go to Jaeger, or nowhere', 'Name your own collector in meshConfig.extensionProviders.')),
  row('mixer', MIXER, 'Remove it.'),
  row('galley', 'Galley is part of istiod', 'Remove it.'),
  row('security', 'Citadel is part of istiod', 'Set the values of pilot.'),
  row('pilot.extraArgs', 'the arguments of istiod follow from the fields of the API', 'Set pilot.ca.implementation for another certificate authority, or pilot.env for a setting of istiod.'),
  row('pilot.extraVolumes', 'the files of istiod follow from the fields of the API', 'Set pilot.ca.implementation for another certificate authority.'),
  row('pilot.extraVolumeMounts', 'the files of istiod follow from the fields of the API', 'Set pilot.ca.implementation for another certificate authority.'),
  row('kiali.jaegerInClusterURL', 'Kiali finds the Jaeger of its mesh by itself', 'Remove it.'),
  ...['prometheus', 'grafana', 'kiali'].map((addon) => row(`${addon}.service.nodePort.enabled`, 'a port of the node is opened when one is named', `Set ${addon}.service.nodePort.port, or remove it.`)),
];
