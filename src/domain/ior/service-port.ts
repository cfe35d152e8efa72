import { serviceSpecOf } from '../../api/kubernetes/service.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { portFor, type RouteHost } from './hosts.ts';

/** A port of a Service, as far as the choice needs it. */
interface ServicePort {
  readonly name?: string | undefined;
  readonly port?: number | undefined;
  readonly targetPort?: string | number | undefined;
}

const TLS_NUMBERS: readonly number[] = [443, 8443];
const PLAIN_NUMBERS: readonly number[] = [80, 8080];

function portsOf(service: KubeObject): readonly ServicePort[] {
  return serviceSpecOf(service).ports ?? [];
}

function leadsTo({ port, targetPort }: ServicePort, numbers: readonly number[]): boolean {
  return (port !== undefined && numbers.includes(port)) || (typeof targetPort === 'number' && numbers.includes(targetPort));
}

/** Istio's naming of ports: `https`, `https-admin`, `tls-x`; `http`, `http2`, `http-web`, `grpc` (Istio doc "Protocol Selection"). */
function hasProtocolName({ name = '' }: ServicePort, isTls: boolean): boolean {
  return isTls ? /^(https|tls)(-|$)/.test(name) : /^(http|http2|grpc|grpc-web)(-|$)/.test(name);
}

function choose(ports: readonly ServicePort[], host: RouteHost): ServicePort | undefined {
  const wanted = portFor(host);
  return ports.find(({ name }) => name === wanted)
    ?? ports.find((port) => leadsTo(port, host.numbers))
    ?? ports.find((port) => hasProtocolName(port, host.isTls))
    ?? ports.find((port) => leadsTo(port, host.isTls ? TLS_NUMBERS : PLAIN_NUMBERS));
}

/**
 * The port of a Service that serves a host: the one with the old operator's name (`http2`, `https`), else the one with the number of the Gateway's server,
 * else one that is named for its protocol, else a usual number. Undefined: none of its ports can be meant.
 */
export function servicePort(service: KubeObject, host: RouteHost): ServicePort | undefined {
  return choose(portsOf(service), host);
}

/**
 * `spec.port.targetPort` of a Route: the Service port's name, or, where it has none, the pods' port (OpenShift API reference "RoutePort").
 * Without a fitting port it is the old operator's name.
 */
export function routePort(service: KubeObject, host: RouteHost): string | number {
  const found = servicePort(service, host);
  return found?.name ?? found?.targetPort ?? found?.port ?? portFor(host);
}
