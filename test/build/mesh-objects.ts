import type { KubeObject, ObjectMeta } from '../../src/k8s/object.ts';

/*
 * Makers of the objects that memberships and Routes are made of. Each takes what a test is about and fills in the rest;
 * `meta` is laid over the metadata. All objects are of the same moment unless a test says otherwise.
 */

type Meta = Partial<ObjectMeta>;
type Labels = Readonly<Record<string, string>>;

export const CREATED = '2030-01-01T00:00:00Z';
export const NOW = new Date('2030-01-01T12:00:00Z');

function made(apiVersion: string, kind: string, metadata: ObjectMeta, body: object = {}): KubeObject {
  const { namespace = '', name } = metadata;
  return { apiVersion, kind, metadata: { uid: `uid-${kind}-${namespace}-${name}`.toLowerCase(), creationTimestamp: CREATED, ...metadata }, ...body };
}

export function namespace(name: string, labels: Labels = {}, meta: Meta = {}): KubeObject {
  return made('v1', 'Namespace', { name, labels: { 'kubernetes.io/metadata.name': name, ...labels }, ...meta });
}

/** A control plane of API v2 that was reconciled at generation 1. */
export function smcp(meshNamespace: string, name = 'basic', spec: object = {}, meta: Meta = {}): KubeObject {
  return made('maistra.io/v2', 'ServiceMeshControlPlane', { name, namespace: meshNamespace, generation: 1, ...meta }, {
    spec, status: { observedGeneration: 1, operatorVersion: '0.1.0' },
  });
}

export function smmr(meshNamespace: string, members: readonly string[] = [], spec: object = {}, meta: Meta = {}): KubeObject {
  return made('maistra.io/v1', 'ServiceMeshMemberRoll', { name: 'default', namespace: meshNamespace, generation: 1, ...meta }, {
    spec: { ...(members.length === 0 ? {} : { members }), ...spec },
  });
}

export function smm(memberNamespace: string, mesh: string, controlPlane = 'basic', meta: Meta = {}): KubeObject {
  return made('maistra.io/v1', 'ServiceMeshMember', { name: 'default', namespace: memberNamespace, generation: 1, ...meta }, {
    spec: { controlPlaneRef: { namespace: mesh, name: controlPlane } },
  });
}

export function gateway(gatewayNamespace: string, name: string, spec: object, meta: Meta = {}): KubeObject {
  return made('networking.istio.io/v1', 'Gateway', { name, namespace: gatewayNamespace, ...meta }, { spec: { selector: { istio: 'ingressgateway' }, ...spec } });
}

/** A server of a Gateway; with `tls` it is on port 443. */
export function server(hosts: readonly string[], tls?: object): object {
  const port = tls === undefined ? { number: 80, name: 'http', protocol: 'HTTP' } : { number: 443, name: 'https', protocol: 'HTTPS' };
  return { port, hosts, ...(tls === undefined ? {} : { tls }) };
}

export function service(serviceNamespace: string, name: string, selector: Labels | undefined, more: { readonly ports?: readonly string[]; readonly meta?: Meta } = {}): KubeObject {
  const ports = (more.ports ?? ['http2', 'https']).map((portName, i) => ({ name: portName, port: 80 + i }));
  return made('v1', 'Service', { name, namespace: serviceNamespace, ...more.meta }, { spec: { ports, ...(selector === undefined ? {} : { selector }) } });
}

export function pod(podNamespace: string, name: string, labels: Labels): KubeObject {
  return made('v1', 'Pod', { name, namespace: podNamespace, labels });
}

/** A Route as IOR made it for a Gateway. */
export function iorRoute(routeNamespace: string, name: string, madeFor: { readonly gateway: string; readonly host: string }, meta: Meta = {}): KubeObject {
  const [gatewayNamespace = '', gatewayName = ''] = madeFor.gateway.split('/');
  const labels = { 'maistra.io/generated-by': 'ior', 'maistra.io/gateway-namespace': gatewayNamespace, 'maistra.io/gateway-name': gatewayName };
  return made('route.openshift.io/v1', 'Route', {
    name, namespace: routeNamespace, labels, annotations: { 'maistra.io/original-host': madeFor.host }, ...meta,
  }, { spec: { host: madeFor.host, to: { kind: 'Service', name: 'istio-ingressgateway' } } });
}

/** The same object with other metadata. */
export function withMeta(object: KubeObject, meta: Meta): KubeObject {
  return { ...object, metadata: { ...object.metadata, ...meta } };
}

/** The same object after somebody asked for its deletion. */
export function deleting(object: KubeObject): KubeObject {
  return withMeta(object, { deletionTimestamp: CREATED });
}
