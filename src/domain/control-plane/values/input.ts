import type { ControlPlaneSpec } from '../../../api/maistra-v2/control-plane.ts';
import type { ChosenVersion } from '../../versions.ts';
import type { ClusterFacts } from '../facts.ts';

/** Everything the values of one mesh are made from. */
export interface ValuesInput {
  /** Name of the SMCP; the Istio revision. */
  readonly name: string;
  /** Namespace of the control plane. */
  readonly namespace: string;
  /** The spec with profiles applied. */
  readonly spec: ControlPlaneSpec;
  readonly version: ChosenVersion;
  /** Version of sidecars that are injected now: the one before while istiod is being upgraded. */
  readonly proxyVersion: ChosenVersion;
  /** Version of istiod now: the one before while the mesh goes back and gateways are not there yet. */
  readonly istiodVersion: ChosenVersion;
  /** Namespaces of the mesh besides its own, sorted. */
  readonly members: readonly string[];
  /** The root certificate that istiod published, PEM; '' while there is none. */
  readonly rootCertificate: string;
  /** The authority of the scoped API, PEM; '' while there is none. */
  readonly scopedApiAuthority: string;
  /** Why an istiod that reads the cluster by itself cannot be led to the scoped API yet; absent when it can, and when there is no such istiod. */
  readonly scopedApiObstacle?: string;
  /** Members whose pods get the sidecars of another revision: the canary's. Absent: none. */
  readonly movedNamespaces?: readonly string[];
  /** Only for pods of these members: this is the canary. */
  readonly onlyNamespaces?: readonly string[];
  /** Host names that istiod answers under beside its own. */
  readonly aliasHosts?: readonly string[];
  /** istiod's Deployment is available: webhooks may insist on an answer. */
  readonly isIstiodAvailable: boolean;
  readonly facts: ClusterFacts;
}

/** `spec` as the values read it. */
export type Spec = ControlPlaneSpec;

/** Name of the Service and Deployment of istiod; also its address. */
export function istiodName(input: Pick<ValuesInput, 'name'>): string {
  return `istiod-${input.name}`;
}

/** Revision of the istiod that a newer Istio is tried with. */
export function canaryRevision(input: Pick<ValuesInput, 'name'>): string {
  return `${input.name}-canary`;
}

/** Name of the ConfigMap that istiod takes the injector's settings from. */
export function injectorName(input: Pick<ValuesInput, 'name'>): string {
  return `istio-sidecar-injector-${input.name}`;
}

/** Where proxies find istiod. */
export function discoveryAddress(input: Pick<ValuesInput, 'name' | 'namespace'>): string {
  return `${istiodName(input)}.${input.namespace}.svc:15012`;
}

/** DNS domain of the cluster. */
export function clusterDomain(spec: Spec): string {
  return spec.proxy?.networking?.clusterDomain ?? 'cluster.local';
}

/** Trust domain of the mesh. Meshes have different roots, so equal trust domains do not connect them. */
export function trustDomain(spec: Spec): string {
  return spec.security?.trust?.domain ?? 'cluster.local';
}

/** Audience of the tokens with which proxies log in at istiod. */
export function tokenAudience(spec: Spec): string {
  return spec.security?.identity?.thirdParty?.audience ?? 'istio-ca';
}

/** Who signs workload certificates: '' for istiod, else the address of the authority. */
export function externalAuthority(spec: Spec): string {
  const { type = 'Custom', custom, 'cert-manager': certManager } = spec.security?.certificateAuthority ?? {};
  // An address says it without the type too: v1 had no type (spec/conversion-v1-v2.md 2, `pilot.ca.implementation`).
  if (type === 'Custom') return custom?.address ?? '';
  return type === 'cert-manager' ? certManager?.address ?? '' : '';
}

/** Where proxies ask for their certificates. */
export function authorityAddress(input: Pick<ValuesInput, 'name' | 'namespace' | 'spec'>): string {
  const external = externalAuthority(input.spec);
  return external === '' ? discoveryAddress(input) : external;
}
