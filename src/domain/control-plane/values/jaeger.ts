import type { JsonObject } from '../../../lib/json.ts';
import { addonImage } from './images.ts';
import type { ValuesInput } from './input.ts';
import { oauthProxy, redirectAnnotations } from './oauth-proxy.ts';
import { addonRoute, addonService, podSecurity, type AddonValues } from './addon-access.ts';
import { isTracing, jaegerName } from './tracing.ts';
import { yamlText } from './yaml-text.ts';

/** `jaeger` of the values. */
export interface JaegerValues extends AddonValues {
  readonly name: string;
  readonly queryService: string;
  readonly queryPort: number;
  readonly collectorService: string;
  readonly args: readonly string[];
}

/** Names of Jaeger's settings in `runtime.components`, the most specific first. */
export const JAEGER_RUNTIME_NAMES: readonly string[] = ['tracing.jaeger.allInOne', 'tracing.jaeger', 'tracing'];

const QUERY_PORT = 16_686;
const DEFAULT_MAX_TRACES = 100_000;

/** Jaeger 2 is an OpenTelemetry collector: spans come in by OTLP or Zipkin and stay in memory. Source: spec/istio-upstream.md 5.2. */
function config(input: ValuesInput): JsonObject {
  // 0 was "without limit" in Jaeger 1; Jaeger 2 does not start with it.
  const maxTraces = input.spec.addons?.jaeger?.install?.storage?.memory?.maxTraces || DEFAULT_MAX_TRACES;
  const query = input.facts.servesRoutes ? `127.0.0.1:${QUERY_PORT}` : `0.0.0.0:${QUERY_PORT}`;
  return {
    service: {
      extensions: ['jaeger_storage', 'jaeger_query', 'healthcheckv2'],
      // Its own metrics: nobody asks for them.
      telemetry: { metrics: { level: 'none' } },
      pipelines: { traces: { receivers: ['otlp', 'zipkin'], processors: ['batch'], exporters: ['jaeger_storage_exporter'] } },
    },
    extensions: {
      healthcheckv2: { use_v2: true, http: { endpoint: '0.0.0.0:13133' } },
      jaeger_storage: { backends: { memory: { memory: { max_traces: maxTraces } } } },
      // gRPC asks nobody who he is, and left out it would listen for all.
      jaeger_query: { storage: { traces: 'memory' }, http: { endpoint: query }, grpc: { endpoint: `127.0.0.1:${QUERY_PORT - 1}` } },
    },
    receivers: {
      otlp: { protocols: { grpc: { endpoint: '0.0.0.0:4317' }, http: { endpoint: '0.0.0.0:4318' } } },
      zipkin: { endpoint: '0.0.0.0:9411' },
    },
    processors: { batch: {} },
    exporters: { jaeger_storage_exporter: { trace_storage: 'memory' } },
  };
}

/** The Jaeger of the mesh. Its configuration is an argument: one object less, and a change of it rolls the pod by itself. */
export function jaegerValues(input: ValuesInput): JaegerValues {
  const name = jaegerName(input);
  const queryService = `${name}-query`;
  const isProxied = input.facts.servesRoutes;
  return {
    enabled: isTracing(input),
    name, queryService, collectorService: `${name}-collector`,
    queryPort: isProxied ? 443 : QUERY_PORT,
    args: [`--config=yaml:${yamlText(config(input))}`],
    image: addonImage(input, 'jaeger', JAEGER_RUNTIME_NAMES),
    podSecurity: podSecurity(input, 10_001),
    serviceAccountAnnotations: redirectAnnotations(input, name),
    service: addonService(input, name, undefined, 'http-query'),
    route: addonRoute(input, name, { ingress: input.spec.addons?.jaeger?.install?.ingress }),
    oauthProxy: oauthProxy(input, { name, upstreamPort: QUERY_PORT }),
  };
}
