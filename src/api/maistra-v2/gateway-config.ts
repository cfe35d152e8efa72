import { choice, flag, freeForm, freeFormList, integer, list, looseObject, section, text, textMap, texts } from '../schema/fields.ts';
import { integerOrText } from '../schema/scalars.ts';
import { metadataConfig } from '../kubernetes/label-selector.ts';
import { componentRuntime } from './runtime.ts';

/* GatewayConfig of spec/api-smcp.md 3: what all gateways of a control plane share. */

const servicePort = looseObject({
  name: text('Name of the port.'),
  port: integer('Port of the Service.', { min: 1, max: 65535 }),
  targetPort: integerOrText('Port of the pods, a number or a name.'),
  nodePort: integer('Port on each node.'),
  protocol: choice('Transport protocol.', ['TCP', 'UDP', 'SCTP']),
  appProtocol: text('Application protocol.'),
}).meta({ description: 'One port.' });

const service = section('The Service of the gateway: every field of corev1.ServiceSpec, and metadata.', {
  metadata: metadataConfig('Labels and annotations of the Service.'),
  type: choice('Kind of Service. Default: ClusterIP.', ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']),
  ports: list('Ports. Default: the usual ports of an Istio gateway.', servicePort),
  selector: textMap('Pod labels. Default: the pods of the gateway.'),
  clusterIP: text('Address inside the cluster.'),
  loadBalancerIP: text('Address of the load balancer.'),
  loadBalancerSourceRanges: texts('Address ranges that may use the load balancer.'),
  externalIPs: texts('Further addresses.'),
  externalName: text('DNS name for ExternalName.'),
  externalTrafficPolicy: choice('Whether the client address is kept.', ['Cluster', 'Local']),
  healthCheckNodePort: integer('Node port of the health check.'),
  sessionAffinity: choice('Whether a client stays on one pod.', ['ClientIP', 'None']),
});

const volumes = list('ConfigMaps and Secrets mounted into the gateway.', looseObject({
  volume: section('What is mounted.', { configMap: freeForm('corev1.ConfigMapVolumeSource.'), secret: freeForm('corev1.SecretVolumeSource.') }),
  volumeMount: section('Where it is mounted.', { name: text('Name of the volume.'), mountPath: text('Path in the container.') }),
}));

/** Fields of every gateway. */
export const gatewayShape = {
  enabled: flag('Install the gateway.'),
  namespace: text('Namespace of the gateway; a member of the mesh. Default: that of the control plane.'),
  service,
  routerMode: choice('Router mode of the gateway proxy.', ['sni-dnat', 'standard']),
  volumes,
  runtime: componentRuntime('Deployment, pods and container of the gateway.'),
};

/** Fields of an ingress gateway. */
export const ingressShape = {
  ...gatewayShape,
  sds: section('Secret discovery service.', { enabled: flag('Serve certificates from Secrets.'), runtime: componentRuntime('Container of the node agent (old versions).') }),
  routeConfig: section('The OpenShift Route of the gateway itself.', {
    enabled: flag('Create a Route for the gateway.'),
    metadata: metadataConfig('Labels and annotations of that Route, and of those that IOR makes to this gateway.'),
  }),
};

/** Fields of `gateways.ingress`. */
export const clusterIngressShape = {
  ...ingressShape,
  ingress: flag('Serve Kubernetes Ingress objects.'),
  meshExpansionPorts: freeFormList('Extra Service ports for virtual machines.'),
};

/** Fields of an egress gateway. */
export const egressShape = { ...gatewayShape, requestedNetworkView: texts('Networks whose endpoints the gateway sees.') };
