import * as z from 'zod';
import { flag, freeForm, integer, list, looseObject, section, text, texts, textMap } from '../schema/fields.ts';
import { duration } from '../schema/scalars.ts';
import { labelSelectors } from '../kubernetes/label-selector.ts';

const endpoint = { service: text('Fully qualified name of the Service.'), port: integer('Port of the Service.') };

const externalAuthorization = {
  ...endpoint,
  timeout: duration('How long an answer may take.'),
  failOpen: flag('Let requests through when the service cannot be reached.'),
  statusOnError: text('HTTP status when the service cannot be reached.'),
  includeRequestBodyInCheck: section('Send the request body.', {
    maxRequestBytes: integer('Longest body.'),
    allowPartialMessage: flag('Send the beginning of a longer body.'),
    packAsBytes: flag('Send the body as bytes.'),
  }),
};

const authorizationOverHttp = section('External authorization over HTTP.', {
  ...externalAuthorization,
  pathPrefix: text('Prefix of the path that is asked.'),
  includeRequestHeadersInCheck: texts('Request headers that are sent.'),
  includeAdditionalHeadersInCheck: textMap('Headers that are added.'),
  headersToUpstreamOnAllow: texts('Headers of the answer that go to the workload.'),
  headersToDownstreamOnDeny: texts('Headers of a refusal that go to the client.'),
  headersToDownstreamOnAllow: texts('Headers of the answer that go to the client.'),
});

const extensionProvider = looseObject({
  name: z.string().min(1).meta({ description: 'Name that Telemetry and AuthorizationPolicy refer to.' }),
  prometheus: freeForm('Prometheus metrics.'),
  zipkin: section('Zipkin spans.', { ...endpoint, maxTagLength: integer('Longest tag.'), enable64bitTraceId: flag('Use 64-bit trace ids.') }),
  opentelemetry: section('OpenTelemetry spans.', { ...endpoint, maxTagLength: integer('Longest tag.') }),
  envoyOtelAls: section('OpenTelemetry access logs.', { ...endpoint, logName: text('Name of the log.') }),
  envoyExtAuthzHttp: authorizationOverHttp,
  envoyExtAuthzGrpc: section('External authorization over gRPC.', externalAuthorization),
}).meta({ description: 'One extension provider: a name and exactly one kind.' });

/** Kinds of extension provider: exactly one per provider (spec/webhooks.md 3, rule 16). */
export const PROVIDER_KINDS = ['prometheus', 'zipkin', 'opentelemetry', 'envoyOtelAls', 'envoyExtAuthzHttp', 'envoyExtAuthzGrpc'] as const;

/** `spec.meshConfig`. */
export const meshConfig = section('Parts of Istio\'s MeshConfig.', {
  extensionProviders: list('Services that Telemetry and AuthorizationPolicy can refer to.', extensionProvider),
  discoverySelectors: labelSelectors('Namespaces istiod looks at; only with mode ClusterWide.'),
});
