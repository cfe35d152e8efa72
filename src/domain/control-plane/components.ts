import type { ClusterFacts } from './facts.ts';
import { GRAFANA_RUNTIME_NAMES } from './values/grafana.ts';
import { ISTIOD_RUNTIME_NAMES } from './values/istiod.ts';
import { JAEGER_RUNTIME_NAMES } from './values/jaeger.ts';
import { KIALI_RUNTIME_NAMES } from './values/kiali.ts';
import { PROMETHEUS_RUNTIME_NAMES } from './values/prometheus.ts';
import type { Values } from './values/order.ts';

/** Names of components, as users of the old operator know them (spec/api-smcp.md 4.2). */
export type ComponentName = 'istio-discovery' | 'mesh-config' | 'telemetry-common' | 'prometheus' | 'tracing' | 'istio-ingress' | 'istio-egress' | 'grafana' | 'kiali';

/** One row of the table of components. */
export interface ComponentRow {
  readonly name: ComponentName;
  /** Waves go in one after the other, each when the one before is ready. */
  readonly wave: number;
  /** Folder of the charts; a gateway's is rendered once per gateway. */
  readonly folder: (facts: ClusterFacts) => string;
  readonly isEnabled: (values: Values) => boolean;
  /** Names under `runtime.components`; empty for those that run nothing. */
  readonly runtimeNames: readonly string[];
}

const always = (): boolean => true;

/**
 * All components, in the order of `status.components`. Waves: istiod; Prometheus; gateways; the consoles.
 * A component that is switched off is neither rendered nor counted.
 */
export const COMPONENTS: readonly ComponentRow[] = [
  { name: 'istio-discovery', wave: 0, folder: () => 'istio-discovery', isEnabled: always, runtimeNames: ISTIOD_RUNTIME_NAMES },
  { name: 'mesh-config', wave: 0, folder: () => 'mesh-config', isEnabled: always, runtimeNames: [] },
  { name: 'telemetry-common', wave: 1, folder: () => 'telemetry-common', isEnabled: always, runtimeNames: [] },
  { name: 'prometheus', wave: 1, folder: () => 'prometheus', isEnabled: ({ prometheus }) => prometheus.enabled, runtimeNames: PROMETHEUS_RUNTIME_NAMES },
  { name: 'tracing', wave: 3, folder: () => 'tracing', isEnabled: ({ jaeger }) => jaeger.enabled, runtimeNames: JAEGER_RUNTIME_NAMES },
  { name: 'istio-ingress', wave: 2, folder: () => 'gateway', isEnabled: ({ gateways }) => gateways.some(({ isIngress }) => isIngress), runtimeNames: [] },
  { name: 'istio-egress', wave: 2, folder: () => 'gateway', isEnabled: ({ gateways }) => gateways.some(({ isIngress }) => !isIngress), runtimeNames: [] },
  { name: 'grafana', wave: 3, folder: () => 'grafana', isEnabled: ({ grafana }) => grafana.enabled, runtimeNames: GRAFANA_RUNTIME_NAMES },
  { name: 'kiali', wave: 3, folder: ({ servesKiali }) => (servesKiali ? 'kiali-operator' : 'kiali'), isEnabled: ({ kiali }) => kiali.enabled, runtimeNames: KIALI_RUNTIME_NAMES },
];

/** Number of the last wave. Its components gate nothing. */
export const LAST_WAVE = Math.max(...COMPONENTS.map(({ wave }) => wave));

/** The wave of a component; a name that we do not know (of an older operator) counts as the last. */
export function waveOf(name: string | undefined): number {
  return COMPONENTS.find((row) => row.name === name)?.wave ?? LAST_WAVE;
}
