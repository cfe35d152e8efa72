import { MESH_A, MESH_B, ROUTER, SHOP_A, SHOP_B, STRANGER } from './meshes.ts';

/* Who reaches whom, as it should be, and why. `a` and `b` are the meshes. */

/** Those who connect, in the order of the table. */
export const SOURCES = ['gateway a', 'member a', 'prometheus a', 'gateway b', 'member b', 'stranger', 'router', 'other node', 'node'] as const;
export type Source = (typeof SOURCES)[number];

/** A port of a pod, or of a Service. */
export interface Target {
  readonly namespace: string;
  /** Label `app` or `probe` of the pod. */
  readonly pod?: string;
  readonly service?: string;
  readonly port: number;
}

/** A line of the table. */
export interface Row {
  readonly title: string;
  readonly target: Target;
  readonly open: readonly Source[];
  readonly reason: string;
}

const OF_A: readonly Source[] = ['gateway a', 'member a', 'prometheus a'];
const OF_B: readonly Source[] = ['gateway b', 'member b'];
/** The node's own connections pass everywhere: the kubelet probes pods, and this cluster's API server runs on it. */
const NODE: readonly Source[] = ['node'];

const XDS = 'certificates and configuration are for the proxies of its own mesh';
const MESH_ONLY = 'a member is open to its mesh and to nobody else';
const EXPOSED = 'expose-route lets the router in, and only the router';

const ISTIOD: readonly Row[] = [
  { title: 'istiod a, webhooks', target: { namespace: MESH_A, pod: 'app=istiod', port: 15_017 }, open: SOURCES, reason: 'an API server may call from anywhere' },
  { title: 'istiod a, webhooks by Service', target: { namespace: MESH_A, service: 'istiod-basic', port: 443 }, open: SOURCES, reason: 'the address in the webhook configuration' },
  { title: 'istiod a, XDS', target: { namespace: MESH_A, pod: 'app=istiod', port: 15_012 }, open: [...OF_A, ...NODE], reason: XDS },
  { title: 'istiod a, XDS by Service', target: { namespace: MESH_A, service: 'istiod-basic', port: 15_012 }, open: [...OF_A, ...NODE], reason: XDS },
  { title: 'istiod a, metrics', target: { namespace: MESH_A, pod: 'app=istiod', port: 15_014 }, open: ['gateway a', 'prometheus a', ...NODE], reason: 'its Prometheus, in its own namespace' },
  { title: 'istiod a, debug', target: { namespace: MESH_A, pod: 'app=istiod', port: 8080 }, open: NODE, reason: 'shows the whole configuration of the mesh' },
  { title: 'istiod a, XDS without TLS', target: { namespace: MESH_A, pod: 'app=istiod', port: 15_010 }, open: NODE, reason: 'for nobody' },
  { title: 'istiod b, webhooks', target: { namespace: MESH_B, pod: 'app=istiod', port: 15_017 }, open: SOURCES, reason: 'an API server may call from anywhere' },
  { title: 'istiod b, XDS', target: { namespace: MESH_B, pod: 'app=istiod', port: 15_012 }, open: [...OF_B, ...NODE], reason: XDS },
];

const MESH_PODS: readonly Row[] = [
  { title: 'gateway a, http2', target: { namespace: MESH_A, pod: 'app=istio-ingressgateway', port: 8080 }, open: SOURCES, reason: 'the door of the mesh' },
  { title: 'gateway a by Service', target: { namespace: MESH_A, service: 'istio-ingressgateway', port: 80 }, open: SOURCES, reason: 'the door of the mesh; IOR leads Routes here' },
  { title: 'gateway a, metrics', target: { namespace: MESH_A, pod: 'app=istio-ingressgateway', port: 15_090 }, open: [...OF_A, ...NODE], reason: 'the door is open on the ports of its Service' },
  { title: 'gateway b, https', target: { namespace: MESH_B, pod: 'app=istio-ingressgateway', port: 8443 }, open: SOURCES, reason: 'the door of the mesh' },
  { title: 'prometheus a, login', target: { namespace: MESH_A, pod: 'app=prometheus', port: 3001 }, open: SOURCES, reason: 'the proxy asks who you are' },
  { title: 'prometheus a, behind it', target: { namespace: MESH_A, pod: 'app=prometheus', port: 9090 }, open: [...OF_A, ...NODE], reason: 'no login there; the pod itself listens on loopback' },
  { title: 'exposed tool in mesh a', target: { namespace: MESH_A, pod: 'probe=tool', port: 8080 }, open: [...OF_A, 'router', ...NODE], reason: EXPOSED },
];

/** Of the member that leaves at the end. */
const MEMBER_A: readonly Row[] = [
  { title: 'member a', target: { namespace: SHOP_A, pod: 'probe=plain', port: 8080 }, open: [...OF_A, ...NODE], reason: MESH_ONLY },
  { title: 'member a by Service', target: { namespace: SHOP_A, service: 'plain', port: 80 }, open: [...OF_A, ...NODE], reason: MESH_ONLY },
  { title: 'member a, sidecar metrics', target: { namespace: SHOP_A, pod: 'probe=plain', port: 15_090 }, open: [...OF_A, ...NODE], reason: 'its Prometheus scrapes it, no other' },
  { title: 'member a, exposed', target: { namespace: SHOP_A, pod: 'probe=exposed', port: 8080 }, open: [...OF_A, 'router', ...NODE], reason: EXPOSED },
];

const OTHERS: readonly Row[] = [
  { title: 'member b', target: { namespace: SHOP_B, pod: 'probe=plain', port: 8080 }, open: [...OF_B, ...NODE], reason: MESH_ONLY },
  { title: 'member b, sidecar metrics', target: { namespace: SHOP_B, pod: 'probe=plain', port: 15_020 }, open: [...OF_B, ...NODE], reason: 'its Prometheus scrapes it, no other' },
  { title: 'member b, exposed', target: { namespace: SHOP_B, pod: 'probe=exposed', port: 8080 }, open: [...OF_B, 'router', ...NODE], reason: EXPOSED },
  { title: 'stranger', target: { namespace: STRANGER, pod: 'probe=stranger', port: 8080 }, open: SOURCES, reason: 'no mesh touches it, and egress is never restricted' },
  { title: 'router', target: { namespace: ROUTER, pod: 'probe=router', port: 8080 }, open: SOURCES, reason: 'no mesh touches it, and egress is never restricted' },
];

/** With both members in their meshes. */
export const MATRIX: readonly Row[] = [...ISTIOD, ...MESH_PODS, ...MEMBER_A, ...OTHERS];

/** Once member a has left: it is a stranger, to whom only what is open to the stranger stays so; and it is open itself. */
export const MATRIX_AFTER_LEAVING: readonly Row[] = [
  ...[...ISTIOD, ...MESH_PODS, ...OTHERS].map((row) => (row.open.includes('stranger') ? row : { ...row, open: row.open.filter((source) => source !== 'member a') })),
  ...MEMBER_A.map((row): Row => ({ ...row, open: SOURCES, reason: 'what the mesh put there is gone' })),
];
