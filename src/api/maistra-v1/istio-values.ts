import * as z from 'zod';
import { field, freeForm, looseObject, text, texts, type CrdExtras } from '../schema/fields.ts';
import { integerOrText, tolerantNumber } from '../schema/scalars.ts';
import { resourcesSchema } from '../maistra-v2/runtime.ts';

/*
 * The Helm values of v1 that users of old YAML set. A null is a value there (it takes a default away), so every field may be null.
 * All other values are kept as they are.
 */

type Nullable<Schema extends z.ZodType> = z.ZodOptional<z.ZodNullable<Schema>>;

const nullable = <Schema extends z.ZodType>(description: string, schema: Schema, extras: CrdExtras = {}): Nullable<Schema> =>
  schema.nullable().optional().meta({ description, ...extras });
const flag = (description: string): Nullable<z.ZodBoolean> => nullable(description, z.boolean());
const values = <Shape extends z.ZodRawShape>(description: string, shape: Shape): Nullable<z.ZodObject<Shape>> =>
  nullable(description, looseObject(shape));

const scaling = {
  autoscaleEnabled: flag('Scale by CPU load.'),
  autoscaleMin: integerOrText('Least number of pods.'),
  autoscaleMax: integerOrText('Greatest number of pods.'),
  replicaCount: integerOrText('Number of pods.'),
  resources: nullable('Requests and limits.', resourcesSchema),
};

const gateway = { enabled: flag('Install the gateway.'), ...scaling };

const jaeger = values('Jaeger.', {
  template: field('all-in-one keeps traces in memory; production-elasticsearch in Elasticsearch.', z.string().nullable()),
  resourceName: field('Name of the Jaeger.', z.string().nullable()),
});

/** `spec.istio` of v1. */
export const istioValues = values('Helm values of Istio. Fields that are not listed are kept and converted where v2 has a place for them.', {
  global: values('Settings of the whole mesh.', {
    mtls: values('Mutual TLS.', { enabled: flag('Demand mutual TLS in the whole mesh.'), auto: flag('Use mutual TLS wherever both sides can.') }),
    proxy: values('The sidecar.', { resources: nullable('Requests and limits of the sidecar.', resourcesSchema) }),
  }),
  gateways: values('Gateways by name; enabled switches all.', {
    enabled: flag('Install gateways at all.'),
    'istio-ingressgateway': values('The ingress gateway.', { ...gateway, ior_enabled: flag('Make a Route for each host of each Istio Gateway.') }),
    'istio-egressgateway': values('The egress gateway.', gateway),
  }),
  pilot: values('Pilot; istiod today.', {
    ...scaling,
    traceSampling: field('Share of requests that are traced, in percent; 0.01 is the smallest step.', tolerantNumber('').unwrap().nullable(), { 'x-kubernetes-preserve-unknown-fields': true }),
  }),
  mixer: values('Mixer of old versions; has no effect.', {
    policy: values('Policy checks.', scaling),
    telemetry: values('Telemetry reports.', scaling),
  }),
  prometheus: values('Prometheus.', { enabled: flag('Install Prometheus.') }),
  grafana: values('Grafana.', { enabled: flag('Install Grafana.') }),
  kiali: values('Kiali.', { enabled: flag('Install Kiali.') }),
  tracing: values('Distributed tracing.', { enabled: flag('Trace requests and install Jaeger.'), jaeger }),
});

/** Fields of v1 beside `istio`. */
export const v1Shape = {
  version: text('Istio minor (v1.31) or exact patch (1.31.1). Absent: the newest. Old mesh versions (v1.0, v1.1) count as absent.'),
  template: text('Deprecated: name of the profile that fills in what you leave out.'),
  profiles: texts('Profiles that fill in what you leave out; the last one wins; wins over template.'),
  networkType: text('Deprecated; has no effect.'),
  istio: istioValues,
  threeScale: freeForm('Values of the 3scale adapter of old versions; has no effect.'),
};
