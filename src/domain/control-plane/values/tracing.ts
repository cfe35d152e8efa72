import type { JsonObject } from '../../../lib/json.ts';
import { clusterDomain, type ValuesInput } from './input.ts';

/** Name of the extension provider that we add. */
export const TRACING_PROVIDER = 'tmesh-tracing';

/** `tracing` of the values. */
export interface TracingValues {
  readonly enabled: boolean;
  readonly provider: string;
  readonly samplingPercent: number;
}

/** True when spans go to the Jaeger of this mesh. */
export function isTracing(input: Pick<ValuesInput, 'spec'>): boolean {
  return (input.spec.tracing?.type ?? 'Jaeger') === 'Jaeger';
}

/** Name of the Jaeger. */
export function jaegerName(input: Pick<ValuesInput, 'spec'>): string {
  return input.spec.addons?.jaeger?.name ?? 'jaeger';
}

/** The share of requests in percent: the SMCP counts in hundredths of it. Source: spec/istio-upstream.md 5.2. */
export function samplingPercent(input: Pick<ValuesInput, 'spec'>): number {
  return (input.spec.tracing?.sampling ?? 100) / 100;
}

/** Tracing of the mesh. */
export function tracingValues(input: ValuesInput): TracingValues {
  return { enabled: isTracing(input), provider: TRACING_PROVIDER, samplingPercent: samplingPercent(input) };
}

/** The extension provider that sends spans to our Jaeger, over OTLP. */
export function tracingProvider(input: ValuesInput): JsonObject {
  const service = `${jaegerName(input)}-collector.${input.namespace}.svc.${clusterDomain(input.spec)}`;
  return { name: TRACING_PROVIDER, opentelemetry: { service, port: 4317 } };
}
