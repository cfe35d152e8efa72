/* Addresses inside a node's network namespace. Each cluster has a namespace of its own, so all use the same ones. */

export const NODE_NAME = 'node1';
export const NODE_ADDRESS = '10.10.0.1';
/** Nobody has it: the default route needs a next hop, and a packet for the rest of the world ends there. */
export const NOWHERE = '10.10.0.254';
export const POD_RANGE = '10.244.0.0/16';
/** The one node's part of it. */
export const NODE_POD_RANGE = '10.244.0.0/24';
/** In the service range of control-plane.ts. */
export const DNS_ADDRESS = '10.96.0.10';
export const CLUSTER_DOMAIN = 'cluster.local';
