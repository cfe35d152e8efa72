import * as z from 'zod';
import {
  addressRange, addressRangeOrStar, annotations, countOrPercent, dataKey, dnsLabel, domain, environment, environmentName, host, hostAndPort, hostName, labels, labelValue, mountPath, objectName, port, portOrStar, portOrZero,
  serviceName, webAddress, word,
} from './grammar.ts';
import { affinity, antiAffinityTerms, COMMON_CONTAINER_FIELDS, CONTAINER_FIELDS, labelSelector, nodeAffinity, podAffinity, resources, tolerations } from './pod-grammar.ts';
import { gatewayVolumes, servicePorts, serviceSpec } from './service-grammar.ts';
import { CIPHER_SUITES, ECDH_CURVES } from '../control-plane/values/tls-names.ts';
import type { Path } from '../conversion/tree.ts';

/*
 * Which fields of a v2 spec have which grammar: data only. A field that is not here takes any value of its type.
 * Law: a spec that passes renders objects that the API server takes (test/envtest/api/random-control-planes.test.ts).
 */

/** One field, or one in each entry of a map: `*` is any key. */
export interface FieldGrammar {
  readonly path: Path;
  readonly schema: z.ZodType;
}

type Fields = Readonly<Record<string, z.ZodType>>;

/** In: fields by their path below the base, steps parted by `/`. */
function under(base: string, fields: Fields): FieldGrammar[] {
  const start = base === '' ? [] : base.split('/');
  return Object.entries(fields).map(([path, schema]) => ({ path: [...start, ...path.split('/')], schema }));
}

const METADATA: Fields = { labels, annotations };

const SCHEDULING: Fields = { nodeSelector: labels, tolerations, priorityClassName: objectName };

function scheduling(base: string): FieldGrammar[] {
  return under(base, SCHEDULING);
}

function container(base: string): FieldGrammar[] {
  return under(base, CONTAINER_FIELDS);
}

const atLeastOne = z.int().min(1);

/** Deployment, pod and container of one component. */
function runtime(base: string): FieldGrammar[] {
  return [
    ...under(`${base}/deployment`, {
      'strategy/rollingUpdate/maxSurge': countOrPercent, 'strategy/rollingUpdate/maxUnavailable': countOrPercent, 'autoScaling/targetCPUUtilizationPercentage': atLeastOne,
    }),
    ...under(`${base}/pod/metadata`, METADATA),
    ...scheduling(`${base}/pod`),
    ...under(`${base}/pod/affinity`, { 'podAntiAffinity/requiredDuringScheduling': antiAffinityTerms, 'podAntiAffinity/preferredDuringScheduling': antiAffinityTerms, nodeAffinity, podAffinity }),
    ...container(`${base}/container`),
  ];
}

function gateway(base: string): FieldGrammar[] {
  return [
    ...under(base, { namespace: dnsLabel, service: serviceSpec, volumes: gatewayVolumes, requestedNetworkView: z.array(word) }),
    ...under(`${base}/service/metadata`, METADATA),
    ...under(`${base}/routeConfig/metadata`, METADATA),
    ...runtime(`${base}/runtime`),
  ];
}

const GATEWAYS = [
  ...['gateways/ingress', 'gateways/egress', 'gateways/additionalIngress/*', 'gateways/additionalEgress/*', 'cluster/meshExpansion/ilbGateway'].flatMap(gateway),
  ...under('gateways', { 'ingress/meshExpansionPorts': servicePorts }),
  ...under('gateways/openshiftRoute/metadata', METADATA),
];

const RUNTIME = [
  ...runtime('runtime/components/*'),
  ...under('runtime/defaults/deployment/podDisruption', { minAvailable: countOrPercent, maxUnavailable: countOrPercent }),
  ...scheduling('runtime/defaults/pod'),
  ...under('runtime/defaults/container', COMMON_CONTAINER_FIELDS),
];

function addon(name: string): FieldGrammar[] {
  return [
    ...under(`addons/${name}/install/service`, { nodePort: portOrZero, 'ingress/hosts': z.array(hostName) }),
    ...under(`addons/${name}/install/service/metadata`, METADATA),
    ...under(`addons/${name}/install/service/ingress/metadata`, METADATA),
  ];
}

const PROMETHEUS_TIME = /^(\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$/;

const ADDONS = [
  ...['prometheus', 'grafana', 'kiali'].flatMap(addon),
  ...under('addons', {
    'prometheus/address': webAddress, 'grafana/address': webAddress, 'kiali/name': serviceName, 'jaeger/name': serviceName,
    'prometheus/install/retention': z.string().regex(PROMETHEUS_TIME, 'must be a time as Prometheus writes it, for example 6h or 15d').min(1),
    'grafana/install/config/env': environment, 'grafana/install/config/envSecrets': z.record(environmentName, objectName),
    'grafana/install/security/secretName': objectName, 'grafana/install/security/usernameKey': dataKey, 'grafana/install/security/passphraseKey': dataKey,
  }),
  ...under('addons/jaeger/install/ingress/metadata', METADATA),
  ...under('addons/kiali/install/deployment', { resources, affinity, nodeSelector: labels, tolerations }),
];

const selectors = z.array(labelSelector);
const seconds = z.int().min(0);

const PROXY = [
  ...container('proxy/runtime/container'),
  ...container('proxy/networking/initialization/initContainer/runtime'),
  ...under('proxy', {
    adminPort: port, 'logging/componentLevels': z.record(word, z.string()), 'accessLogging/envoyService/address': hostAndPort, 'envoyMetricsService/address': hostAndPort,
    'injection/alwaysInjectSelector': selectors, 'injection/neverInjectSelector': selectors, 'injection/injectedAnnotations': annotations,
  }),
  ...under('proxy/networking', {
    clusterDomain: domain, 'trafficControl/inbound/includedPorts': z.array(portOrStar), 'trafficControl/inbound/excludedPorts': z.array(port),
    'trafficControl/outbound/includedIPRanges': z.array(addressRangeOrStar), 'trafficControl/outbound/excludedIPRanges': z.array(addressRange), 'trafficControl/outbound/excludedPorts': z.array(port),
  }),
  ...under('proxy/runtime/readiness', { statusPort: port, initialDelaySeconds: seconds, periodSeconds: atLeastOne, failureThreshold: atLeastOne }),
];

const percentage = z.string().regex(/^(\d{1,2}|100)%?$/, 'must be a percentage, for example 20%');
const tlsVersion = z.enum(['TLS_AUTO', 'TLSv1_0', 'TLSv1_1', 'TLSv1_2', 'TLSv1_3']);

const SECURITY = under('security', {
  'trust/domain': domain, 'trust/additionalDomains': z.array(domain),
  'controlPlane/tls/cipherSuites': z.array(z.enum(CIPHER_SUITES)), 'controlPlane/tls/ecdhCurves': z.array(z.enum(ECDH_CURVES)), 'controlPlane/tls/minProtocolVersion': tlsVersion, 'controlPlane/tls/maxProtocolVersion': tlsVersion,
  'certificateAuthority/istiod/selfSigned/gracePeriod': percentage, 'certificateAuthority/istiod/privateKey/rootCADir': mountPath,
  'certificateAuthority/custom/address': hostAndPort, 'certificateAuthority/cert-manager/address': hostAndPort,
  'certificateAuthority/cert-manager/pilotSecretName': objectName, 'certificateAuthority/cert-manager/rootCAConfigMapName': objectName,
});

const PROVIDERS = z.array(z.looseObject({})).superRefine((providers, context) => {
  const names = providers.map((provider) => String(provider['name']));
  const doubled = names.findIndex((name, index) => names.indexOf(name) < index);
  if (doubled >= 0) context.addIssue({ code: 'custom', path: [doubled, 'name'], message: 'must be another name: an earlier provider has it' });
});

const providerEndpoint = z.looseObject({ service: host, port });
const KINDS_WITH_ENDPOINT = ['zipkin', 'opentelemetry', 'envoyOtelAls', 'envoyExtAuthzHttp', 'envoyExtAuthzGrpc'];
const endpoints = z.array(z.looseObject(Object.fromEntries(KINDS_WITH_ENDPOINT.map((kind) => [kind, providerEndpoint.optional()]))));

const network = z.looseObject({
  endpoints: z.array(z.looseObject({ fromCIDR: addressRange.optional() })).optional(),
  gateways: z.array(z.looseObject({ registryServiceName: host.optional(), address: host.optional(), port: port.optional() })).optional(),
});

const MESH = under('', {
  'cluster/name': labelValue, 'cluster/network': labelValue, 'cluster/multiCluster/meshNetworks': z.record(z.string(), network),
  'general/logging/componentLevels': z.record(word, z.string()), 'meshConfig/extensionProviders': z.intersection(PROVIDERS, endpoints), 'meshConfig/discoverySelectors': selectors,
});

/** The table. */
export const FIELD_GRAMMARS: readonly FieldGrammar[] = [...MESH, ...PROXY, ...SECURITY, ...GATEWAYS, ...RUNTIME, ...ADDONS];
