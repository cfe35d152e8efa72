import * as z from 'zod';
import { addressRange, appProtocol, dnsLabel, hostName, ipAddress, mountPath, objectName, port, targetPort } from './grammar.ts';

/* What Services and volumes admit, for the fields that users set. Source: Kubernetes API reference, ServiceSpec and Volume. */

function isDoubled<Item>(items: readonly Item[], key: (item: Item) => string): number {
  const keys = items.map(key);
  return keys.findIndex((value, index) => keys.indexOf(value) < index);
}

/** Ports of a Service: each has a name of its own, and no number is there twice for one protocol. */
export const servicePorts = z.array(z.looseObject({
  name: dnsLabel.optional(), port, targetPort: targetPort.optional(), nodePort: port.or(z.literal(0)).optional(), protocol: z.enum(['TCP', 'UDP', 'SCTP']).optional(), appProtocol: appProtocol.optional(),
})).superRefine((ports, context) => {
  const issue = (index: number, field: string, message: string): void => { if (index >= 0) context.addIssue({ code: 'custom', path: [index, field], message }); };
  if (ports.length > 1) issue(ports.findIndex(({ name }) => name === undefined), 'name', 'must be set: ports of a Service with several have names');
  issue(isDoubled(ports, ({ name, port: number }) => name ?? `${number}`), 'name', 'must be another name: an earlier port has this one');
  issue(isDoubled(ports, ({ port: number, protocol = 'TCP' }) => `${number}/${protocol}`), 'port', 'must be another number: an earlier port of this protocol has it');
});

const clusterAddress = z.string().refine((text) => text === '' || text === 'None' || ipAddress.safeParse(text).success, 'must be an IP address, None or empty');

function isOutside(address: string): boolean {
  return !/^(0\.0\.0\.0$|127\.|169\.254\.|22[4-9]\.|23\d\.|255\.255\.255\.255$|::1?$|fe[89ab]|ff)/i.test(address);
}

const serviceFields = z.looseObject({
  type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']).optional(),
  ports: servicePorts.optional(),
  clusterIP: clusterAddress.optional(),
  loadBalancerIP: ipAddress.or(z.literal('')).optional(),
  loadBalancerSourceRanges: z.array(addressRange).optional(),
  externalIPs: z.array(ipAddress.refine(isOutside, 'must not be a local, link-local or multicast address')).optional(),
  externalName: hostName.optional(),
  externalTrafficPolicy: z.enum(['Cluster', 'Local']).optional(),
  healthCheckNodePort: z.int().min(0).max(65_535).optional(),
});

type Service = z.infer<typeof serviceFields>;

const isOfNode = ({ type }: Service): boolean => type === 'NodePort' || type === 'LoadBalancer';
const isSet = (list: readonly unknown[] | undefined): boolean => list !== undefined && list.length > 0;

/** What fields of a Service ask of each other: what is wrong, where, and what to do. */
const TOGETHER: readonly (readonly [isWrong: (service: Service) => boolean, field: string, message: string])[] = [
  [({ type, externalName }) => type === 'ExternalName' && externalName === undefined, 'externalName', 'must be set with type ExternalName'],
  [({ type, clusterIP = '' }) => type === 'ExternalName' && clusterIP !== '', 'clusterIP', 'must be left out with type ExternalName'],
  [(service) => isOfNode(service) && service.clusterIP === 'None', 'clusterIP', 'must not be None with type NodePort or LoadBalancer'],
  [({ type, loadBalancerSourceRanges: ranges }) => type !== 'LoadBalancer' && isSet(ranges), 'loadBalancerSourceRanges', 'must be left out unless type is LoadBalancer'],
  [(service) => service.externalTrafficPolicy !== undefined && !isOfNode(service) && !isSet(service.externalIPs), 'externalTrafficPolicy', 'must be left out unless type is NodePort or LoadBalancer, or externalIPs are set'],
  [({ type, externalTrafficPolicy, healthCheckNodePort = 0 }) => healthCheckNodePort !== 0 && (type !== 'LoadBalancer' || externalTrafficPolicy !== 'Local'), 'healthCheckNodePort',
    'must be left out unless type is LoadBalancer and externalTrafficPolicy is Local'],
];

function nodePortOf(service: Service): number {
  return isOfNode(service) ? -1 : (service.ports ?? []).findIndex(({ nodePort = 0 }) => nodePort !== 0);
}

/** corev1.ServiceSpec as far as users set it, with what its fields ask of each other. */
export const serviceSpec = serviceFields.superRefine((service, context) => {
  for (const [isWrong, field, message] of TOGETHER) if (isWrong(service)) context.addIssue({ code: 'custom', path: [field], message });
  const nodePort = nodePortOf(service);
  if (nodePort >= 0) context.addIssue({ code: 'custom', path: ['ports', nodePort, 'nodePort'], message: 'must be left out unless type is NodePort or LoadBalancer' });
});

const mode = z.int().min(0).max(0o777);
const items = z.array(z.strictObject({ key: z.string().min(1), path: z.string().regex(/^(?!\/)(?!.*(^|\/)\.\.($|\/)).+$/, 'must be a path without "/" at its start and without ".."'), mode: mode.optional() }));
const secret = z.strictObject({ secretName: objectName, items: items.optional(), defaultMode: mode.optional(), optional: z.boolean().optional() });
const configMap = z.strictObject({ name: objectName, items: items.optional(), defaultMode: mode.optional(), optional: z.boolean().optional() });

/** Volumes that the gateways' own Deployments use; a user's volume needs another name and place. */
const TAKEN = ['workload-socket', 'credential-socket', 'workload-certs', 'istiod-ca-cert', 'istio-data', 'istio-envoy', 'istio-token', 'istio-podinfo'];

/** Volumes of a gateway: each is one ConfigMap or Secret, and has a name and a place of its own. */
export const gatewayVolumes = z.array(z.looseObject({
  volume: z.looseObject({ secret: secret.optional(), configMap: configMap.optional() })
    .refine(({ secret: one, configMap: other }) => (one === undefined) !== (other === undefined), 'must have exactly one of secret and configMap'),
  volumeMount: z.looseObject({ name: dnsLabel.refine((name) => !TAKEN.includes(name), 'must be another name: the gateway uses this one itself').optional(), mountPath: mountPath.optional() }).optional(),
})).superRefine((volumes, context) => {
  const name = isDoubled(volumes.map(({ volumeMount }, index) => volumeMount?.name ?? `volume-${index}`), String);
  if (name >= 0) context.addIssue({ code: 'custom', path: [name, 'volumeMount', 'name'], message: 'must be another name: an earlier volume has it' });
  const path = isDoubled(volumes.map(({ volumeMount }, index) => volumeMount?.mountPath ?? `${index}`), String);
  if (path >= 0) context.addIssue({ code: 'custom', path: [path, 'volumeMount', 'mountPath'], message: 'must be another path: an earlier volume is mounted there' });
});
