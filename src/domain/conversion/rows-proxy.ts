import type { Json } from '../../lib/json.ts';
import { commaList, commaNumbers, levels, numeric, scalarText, textMap, truth, words } from './codec.ts';
import { aliases, ISTIO, row, rows, type Base, type Row, type Values } from './row.ts';
import { containerRows } from './rows-runtime.ts';

/* spec/conversion-v1-v2.md 2, "proxy". */

function readAddress([host, port, whole]: Values): Json | undefined {
  if (host === undefined && port === undefined) return whole;
  if (typeof host !== 'string' || host === '') return undefined;
  const number = scalarText(port);
  return number === undefined ? host : `${host}:${number}`;
}

function writeAddress(value: Json): Values | undefined {
  const parts = typeof value === 'string' ? /^(.+):(\d+)$/.exec(value) : null;
  return parts === null ? [value, undefined] : [parts[1], Number(parts[2])];
}

/** A service of Envoy: host and port in v1, one address in v2. */
function envoyServiceRows(field: string, path: string, meshPath: string): Row[] {
  const base: Base = { field: field.split('.'), path: ['istio', ...path.split('.')] };
  const inMeshConfig = ['istio', ...meshPath.split('.')];
  const address: Row = { field: [...base.field, 'address'], paths: [[...base.path, 'host'], [...base.path, 'port'], [...inMeshConfig, 'address']], read: readAddress, write: writeAddress };
  const parts = ['tcpKeepalive', 'tlsSettings'].map((part) => row(ISTIO, `${field}.${part}`, [`${path}.${part}`, `${meshPath}.${part}`]));
  return [...parts, address];
}

const P = 'global.proxy';
const INJECTOR = 'sidecarInjectorWebhook';
const NET = 'proxy.networking';

const onOff = words({ enabled: 'true', disabled: 'false' });
const autoInject = { toV2: (value: Json) => truth.toV2(onOff.toV2(value) ?? value), toV1: onOff.toV1 };

/** Rows of `spec.proxy`. */
export const PROXY_ROWS: readonly Row[] = [
  ...rows(ISTIO, [
    ['proxy.concurrency', [`${P}.concurrency`, 'meshConfig.concurrency'], numeric],
    ['proxy.adminPort', [`${P}.adminPort`, 'meshConfig.defaultConfig.proxyAdminPort'], numeric],
    ['proxy.logging.level', `${P}.logLevel`],
    ['proxy.logging.componentLevels', `${P}.componentLogLevel`, levels],
    [`${NET}.clusterDomain`, `${P}.clusterDomain`],
    [`${NET}.connectionTimeout`, `${P}.connectionTimeout`],
    [`${NET}.maxConnectionAge`, 'pilot.keepaliveMaxServerConnectionAge'],
    [`${NET}.trafficControl.inbound.interceptionMode`, `${P}.interceptionMode`],
    [`${NET}.trafficControl.inbound.includedPorts`, `${P}.includeInboundPorts`, commaList],
    [`${NET}.trafficControl.inbound.excludedPorts`, `${P}.excludeInboundPorts`, commaNumbers],
    [`${NET}.trafficControl.outbound.includedIPRanges`, `${P}.includeIPRanges`, commaList],
    [`${NET}.trafficControl.outbound.excludedIPRanges`, `${P}.excludeIPRanges`, commaList],
    [`${NET}.trafficControl.outbound.excludedPorts`, `${P}.excludeOutboundPorts`, commaNumbers],
    [`${NET}.trafficControl.outbound.policy`, ['global.outboundTrafficPolicy.mode', 'meshConfig.outboundTrafficPolicy.mode']],
    [`${NET}.protocol.autoDetect.timeout`, ['meshConfig.protocolDetectionTimeout', `${P}.protocolDetectionTimeout`]],
    [`${NET}.protocol.autoDetect.inbound`, 'pilot.enableProtocolSniffingForInbound', truth],
    [`${NET}.protocol.autoDetect.outbound`, 'pilot.enableProtocolSniffingForOutbound', truth],
    [`${NET}.dns.searchSuffixes`, 'global.podDNSSearchNamespaces'],
    [`${NET}.dns.refreshRate`, [`${P}.dnsRefreshRate`, 'meshConfig.dnsRefreshRate']],
    ['proxy.injection.alwaysInjectSelector', `${INJECTOR}.alwaysInjectSelector`],
    ['proxy.injection.neverInjectSelector', `${INJECTOR}.neverInjectSelector`],
    ['proxy.injection.injectedAnnotations', `${INJECTOR}.injectedAnnotations`, textMap],
    ['proxy.accessLogging.file.name', ['meshConfig.accessLogFile', `${P}.accessLogFile`]],
    ['proxy.accessLogging.file.encoding', ['meshConfig.accessLogEncoding', `${P}.accessLogEncoding`]],
    ['proxy.accessLogging.file.format', ['meshConfig.accessLogFormat', `${P}.accessLogFormat`]],
    ['proxy.runtime.container.env', 'meshConfig.defaultConfig.proxyMetadata', textMap],
    ['proxy.runtime.readiness.statusPort', `${P}.statusPort`, numeric],
    ['proxy.runtime.readiness.initialDelaySeconds', `${P}.readinessInitialDelaySeconds`, numeric],
    ['proxy.runtime.readiness.periodSeconds', `${P}.readinessPeriodSeconds`, numeric],
    ['proxy.runtime.readiness.failureThreshold', `${P}.readinessFailureThreshold`, numeric],
    ['proxy.runtime.readiness.rewriteApplicationProbes', `${INJECTOR}.rewriteAppHTTPProbe`, truth],
  ]),
  aliases(ISTIO, `${NET}.initialization.type`, [['istio_cni.enabled', words({ true: 'CNI', false: 'InitContainer' })], [`${P}.initType`, words({ CNI: 'CNI', InitContainer: 'InitContainer' })]]),
  aliases(ISTIO, 'proxy.injection.autoInject', [[`${INJECTOR}.enableNamespacesByDefault`, truth], [`${P}.autoInject`, autoInject]]),
  ...envoyServiceRows('proxy.accessLogging.envoyService', `${P}.envoyAccessLogService`, 'meshConfig.defaultConfig.envoyAccessLogService'),
  ...envoyServiceRows('proxy.envoyMetricsService', `${P}.envoyMetricsService`, 'meshConfig.defaultConfig.envoyMetricsService'),
  row(ISTIO, 'proxy.accessLogging.envoyService.enabled', [`${P}.envoyAccessLogService.enabled`, 'meshConfig.enableEnvoyAccessLogService'], truth),
  row(ISTIO, 'proxy.envoyMetricsService.enabled', `${P}.envoyMetricsService.enabled`, truth),
  ...containerRows({ field: ['proxy', 'networking', 'initialization', 'initContainer', 'runtime'], path: ['istio', 'global', 'proxy_init'] }),
  ...containerRows({ field: ['proxy', 'runtime', 'container'], path: ['istio', 'global', 'proxy'] }).filter(({ field }) => field.at(-1) !== 'env'),
];
