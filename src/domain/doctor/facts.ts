import type { KubeObject } from '../../k8s/object.ts';
import type { ResourceType } from '../../k8s/resource.ts';

/** A certificate authority that the API server trusts for a webhook. */
export interface TrustedCertificate {
  /** `ValidatingWebhookConfiguration tenant-mesh-operator`. */
  readonly of: string;
  readonly notAfter: Date;
}

/** Everything that the checks go by, read at one moment. What could not be read is in `unread`, and its absence proves nothing. */
export interface DoctorFacts {
  readonly now: Date;
  readonly tmeshVersion: string;
  /** As the API server tells it, `v1.34.4`. */
  readonly serverVersion: string;
  readonly operatorNamespace: string;
  readonly controlPlanes: readonly KubeObject[];
  readonly rolls: readonly KubeObject[];
  readonly members: readonly KubeObject[];
  readonly namespaces: readonly KubeObject[];
  /** All CRDs, metadata only. */
  readonly definitions: readonly KubeObject[];
  /** The CRDs of our three kinds, whole. */
  readonly ownDefinitions: readonly KubeObject[];
  /** Kinds of Istio's that meshes need and the cluster does not serve. */
  readonly unserved: readonly ResourceType[];
  /** The kind Route is served. */
  readonly isOpenShift: boolean;
  /** Deployments named as an operator is, ours and the old one, and all labelled `app=istiod`. */
  readonly deployments: readonly KubeObject[];
  readonly daemonSets: readonly KubeObject[];
  /** Our operator's Lease. */
  readonly lease?: KubeObject;
  /** `Istio` and `IstioRevision` objects of the Sail operator. */
  readonly istios: readonly KubeObject[];
  readonly gatewayClasses: readonly KubeObject[];
  readonly validatingWebhooks: readonly KubeObject[];
  readonly mutatingWebhooks: readonly KubeObject[];
  /** Services that webhooks lead to, and whether they are there, by `namespace/name`. */
  readonly webhookServices: ReadonlyMap<string, boolean>;
  readonly certificates: readonly TrustedCertificate[];
  /** ConfigMaps `istio-ca-root-cert` of all namespaces. */
  readonly rootCerts: readonly KubeObject[];
  /** Pods of members. */
  readonly pods: readonly KubeObject[];
  readonly gateways: readonly KubeObject[];
  readonly ingressControllers: readonly KubeObject[];
  /** What the operator's account may not list; undefined: it could not be asked. */
  readonly denied?: readonly ResourceType[];
  /** Kinds that could not be read, with the reason. */
  readonly unread: ReadonlyMap<string, string>;
}
