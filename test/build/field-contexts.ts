import type { Json, JsonObject } from '../../src/lib/json.ts';
import { withLeaf, withListsOf, type Leaf, type LeafPath } from './spec-leaves.ts';

/* What must be set around a field for it to count, and values for it that its grammar takes. */

/** What else must be set for a field to count, by the beginning of its path. */
const CONTEXTS: readonly (readonly [path: string, context: JsonObject])[] = [
  ['meshConfig.discoverySelectors', { mode: 'ClusterWide' }],
  ['gateways.additionalIngress', { gateways: { additionalIngress: { 'more-in': { enabled: true } } } }],
  ['gateways.additionalEgress', { gateways: { additionalEgress: { 'more-out': { enabled: true } } } }],
  ['gateways.ingress.meshExpansionPorts', { cluster: { meshExpansion: { enabled: true } } }],
  ['cluster.meshExpansion.ilbGateway', { cluster: { meshExpansion: { ilbGateway: { enabled: true } } } }],
  ['cluster.multiCluster.enabled', { cluster: { name: 'here', network: 'near' } }],
  ['proxy.accessLogging.envoyService', { proxy: { accessLogging: { envoyService: { address: 'als:9000' } } } }],
  ['proxy.envoyMetricsService', { proxy: { envoyMetricsService: { address: 'metrics:9000' } } }],
  ['security.certificateAuthority.type', { security: { certificateAuthority: { custom: { address: 'ca:443' } } } }],
  ['security.certificateAuthority.custom', { security: { certificateAuthority: { type: 'Custom' } } }],
  ['security.certificateAuthority.cert-manager', { security: { certificateAuthority: { type: 'cert-manager' } } }],
  ['runtime.defaults.deployment.podDisruption', { runtime: { defaults: { deployment: { podDisruption: { enabled: true } } }, components: { pilot: { deployment: { replicas: 2 } } } } }],
  ['addons.grafana.install.security', { addons: { grafana: { install: { security: { enabled: true, secretName: 'login' } } } } }],
];

/** A spec in which a field counts. */
export function contextOf(path: LeafPath): JsonObject {
  const shown = path.join('.');
  const context = CONTEXTS.find(([start]) => shown === start || shown.startsWith(`${start}.`))?.[1] ?? {};
  const scaling = path.indexOf('autoScaling');
  const scaled = scaling < 0 ? context : withLeaf(context, [...path.slice(0, scaling + 1), 'enabled'], true);
  return withListsOf(scaled, path);
}

/** Values for fields whose grammar an example by type does not meet. */
const EXAMPLES: Readonly<Record<string, readonly Json[]>> = {
  profiles: [['base']],
  version: ['v1.30'],
  'addons.prometheus.address': ['http://prometheus.far.svc:9090'],
  'addons.grafana.address': ['http://grafana.far.svc:3000'],
  'addons.kiali.name': ['kiali-of-mine'],
  'addons.jaeger.name': ['jaeger-of-mine'],
  'security.controlPlane.tls.cipherSuites': [['ECDHE-RSA-AES128-GCM-SHA256']],
  'security.controlPlane.tls.ecdhCurves': [['P-256']],
  'security.controlPlane.tls.minProtocolVersion': ['TLSv1_3'],
  'proxy.networking.dns.searchSuffixes': [['{{ namespace }}.global']],
};

/** Values to try for a field. */
export const examplesOf = ({ path, examples }: Leaf): readonly Json[] =>
  EXAMPLES[path.join('.')] ?? (path.at(-1) === 'namespace' ? ['far'] : examples);
