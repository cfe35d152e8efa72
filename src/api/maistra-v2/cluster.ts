import { flag, integer, list, looseObject, map, section, text } from '../schema/fields.ts';
import { gatewayShape } from './gateway-config.ts';

const meshNetwork = looseObject({
  endpoints: list('Where the endpoints of the network come from.', looseObject({
    fromRegistry: text('Name of a service registry (a cluster).'),
    fromCIDR: text('Address range.'),
  })),
  gateways: list('Gateways through which the network is reached.', looseObject({
    service: text('Deprecated: use registryServiceName.'),
    registryServiceName: text('Fully qualified name of the gateway Service.'),
    address: text('Address of the gateway.'),
    port: integer('Port of the gateway.'),
  })),
}).meta({ description: 'One network of the mesh.' });

/** `spec.cluster`. */
export const cluster = section('The cluster this control plane runs in.', {
  name: text('Name of the cluster. Default: Kubernetes.'),
  network: text('Name of the network of this cluster.'),
  multiCluster: section('A mesh over several clusters.', {
    enabled: flag('Join other clusters.'),
    meshNetworks: map('Networks of the mesh by name.', meshNetwork),
  }),
  meshExpansion: section('Virtual machines in the mesh.', {
    enabled: flag('Open the control plane to virtual machines.'),
    ilbGateway: section('Internal load balancer in front of the control plane.', gatewayShape),
  }),
});
