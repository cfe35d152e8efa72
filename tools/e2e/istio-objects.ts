const NETWORKING = 'networking.istio.io/v1';

/** Name and namespace of an object to make. */
export interface Place {
  readonly name: string;
  readonly namespace: string;
}

interface GatewayOptions extends Place {
  readonly hosts: readonly string[];
  /** Value of the label `istio` on the gateway's pods. */
  readonly istio: 'ingressgateway' | 'egressgateway';
}

/** A Gateway for plain HTTP on port 80. */
export function gateway({ name, namespace, hosts, istio }: GatewayOptions): object {
  const server = { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts };
  return { apiVersion: NETWORKING, kind: 'Gateway', metadata: { name, namespace }, spec: { selector: { istio }, servers: [server] } };
}

/** A VirtualService. In: its `http` list, and further fields of its spec. */
export function virtualService({ name, namespace }: Place, spec: { readonly hosts: readonly string[]; readonly gateways?: readonly string[]; readonly http: readonly object[] }): object {
  return { apiVersion: NETWORKING, kind: 'VirtualService', metadata: { name, namespace }, spec };
}

export function destinationRule({ name, namespace }: Place, spec: object): object {
  return { apiVersion: NETWORKING, kind: 'DestinationRule', metadata: { name, namespace }, spec: { host: name, ...spec } };
}

/** A host outside of the mesh at a fixed address, which in-mesh clients know by its name on port 80. */
export function externalHost({ name, namespace }: Place, host: string, endpoint: { readonly address: string; readonly port: number }): object {
  const ports = [{ number: 80, name: 'http', protocol: 'HTTP' }];
  const endpoints = [{ address: endpoint.address, ports: { http: endpoint.port } }];
  return { apiVersion: NETWORKING, kind: 'ServiceEntry', metadata: { name, namespace }, spec: { hosts: [host], location: 'MESH_EXTERNAL', resolution: 'STATIC', ports, endpoints } };
}

/** The roll of a mesh. */
export function memberRoll(namespace: string, members: readonly string[]): object {
  return { apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMemberRoll', metadata: { name: 'default', namespace }, spec: { members } };
}

export function namespaceObject(name: string, labels: Readonly<Record<string, string>> = {}): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}
