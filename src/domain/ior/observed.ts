import type { KubeObject } from '../../k8s/object.ts';

/** Everything the Routes of one Gateway depend on, read at one moment. */
export interface IorObserved {
  /** The key. */
  readonly namespace: string;
  readonly name: string;
  /** Absent: the Gateway is gone, and Routes of it are left. */
  readonly gateway?: KubeObject;
  /** False while the kind Route is not served: plain Kubernetes, or OpenShift's API server is not up yet. */
  readonly isRouteServed: boolean;
  /** Namespace of the mesh that the Gateway's namespace is in; absent: in none. */
  readonly mesh?: string;
  /** The namespace has copies of a mesh but no label and is not leaving: somebody took the label off, and it comes back. */
  readonly isLabelLost: boolean;
  /** Control planes in the mesh's namespace. */
  readonly controlPlanes: readonly KubeObject[];
  /** Pods of the mesh that the Gateway's selector matches: labels only. */
  readonly pods: readonly KubeObject[];
  /** Services of the mesh that may be the gateway's. */
  readonly services: readonly KubeObject[];
  /** Routes and Ingresses labelled as made by IOR for this Gateway. */
  readonly routes: readonly KubeObject[];
  /** Other Gateways that name a host of this one, of any mesh; without their own rivals. Only where there are any. */
  readonly rivals?: readonly IorObserved[];
  /** All Routes with the host of a Route of ours that a router refused. Only where there are any. */
  readonly sameHost?: readonly KubeObject[];
  /** OpenShift's routers, if their kind is served. */
  readonly routers?: readonly KubeObject[];
  /** Other Routes that have one of the names we would give. */
  readonly occupied: readonly KubeObject[];
}
