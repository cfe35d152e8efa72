import type { ExposeRoutePeer } from './network-policies.ts';

/**
 * What keeps an istiod from reading the whole cluster. `hard`: it reads through the scoped API, which shows it its own mesh, and has no right beyond it.
 * `soft`: it reads the cluster itself, Secrets included, and looks away; for a cluster administrator to choose. Source: docs/isolation.md.
 */
export type Isolation = 'hard' | 'soft';

/** What the operator knows from its start on. */
export interface OperatorFacts {
  readonly isolation: Isolation;
  readonly operatorVersion: string;
  readonly operatorNamespace: string;
  /** Image references that replace the built-in ones, by image name: `pilot`, `proxyv2`, `prometheus`, … (OLM's related images). */
  readonly images: Readonly<Record<string, string>>;
  /** Domain of the router, for example `apps.example.com`. Absent: the router chooses the hosts of our Routes. */
  readonly routeDomain?: string;
  /** From where pods with the expose-route label may be reached, if the administrator said so; else it is found. */
  readonly exposeRoute?: ExposeRoutePeer;
  /** What this cluster's nodes need otherwise than their platform has it. */
  readonly cni?: {
    /** Folder of network plug-ins on the node. */
    readonly binaries?: string;
    /** Folder of their configuration. */
    readonly configuration?: string;
    /** Secret in the operator's namespace for the image. */
    readonly pullSecret?: string;
  };
}

/** What the cluster is able to, read at the moment of a pass. */
export interface ClusterFacts extends Omit<OperatorFacts, 'exposeRoute'> {
  /** From where pods with the expose-route label may be reached. */
  readonly exposeRoute: ExposeRoutePeer;
  /** The kind Route is served: we are on OpenShift. */
  readonly servesRoutes: boolean;
  /** The kind Kiali is served: its operator installs Kiali. */
  readonly servesKiali: boolean;
  /** The kind NetworkAttachmentDefinition is served: Multus calls network plug-ins. */
  readonly servesNetworkAttachments: boolean;
  /** Istio's CRDs are served. */
  readonly servesIstio: boolean;
}
