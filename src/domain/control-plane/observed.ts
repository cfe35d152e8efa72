import { valueAt } from '../../lib/json.ts';
import { FIELD_MANAGER_PREFIX, LABEL_MANAGED_BY, LABEL_OWNER, LABEL_OWNER_NAME, MANAGED_BY } from '../../api/names.ts';
import { labelOf, type KubeObject } from '../../k8s/object.ts';
import type { NodePluginObserved } from '../cni/readiness.ts';
import type { ClusterFacts } from './facts.ts';
import type { ProfileLibrary } from './profiles.ts';

/** Name of the controller; part of its field manager. */
export const CONTROL_PLANE_CONTROLLER = 'control-plane';
const MANAGER = `${FIELD_MANAGER_PREFIX}${CONTROL_PLANE_CONTROLLER}`;

/** Everything a mesh depends on, read at one moment. */
export interface ControlPlaneObserved {
  readonly name: string;
  readonly namespace: string;
  /** The SMCP of API v2; absent when it is gone and something of it is left. */
  readonly smcp?: KubeObject;
  /** Other SMCPs of the namespace. */
  readonly siblings: readonly KubeObject[];
  /** The namespace object of the control plane. */
  readonly namespaceObject?: KubeObject;
  /** Namespaces labelled as members of this mesh, without its own, sorted. */
  readonly members: readonly string[];
  /** Objects whose labels name this SMCP as their owner, of every kind we make. */
  readonly managed: readonly KubeObject[];
  /** Pods with sidecars of the canary's revision: how many, and the newest version among them. Absent: none. */
  readonly canaryPods?: { readonly count: number; readonly newest: string };
  /** ConfigMap with the root that istiod published. */
  readonly rootCert?: KubeObject;
  /** ConfigMap with the authority of the scoped API. */
  readonly scopedApiAuthority?: KubeObject;
  /** Deployment of the scoped API, where istiods read through one. */
  readonly scopedApi?: KubeObject;
  /** Kiali resources of the namespace, whoever made them. */
  readonly kialis: readonly KubeObject[];
  /** What is there of the node plug-in; absent: nobody looked. */
  readonly nodePlugin?: NodePluginObserved;
  /** Profiles of this installation; absent: those that come with the operator. */
  readonly profiles?: ProfileLibrary;
  readonly facts: ClusterFacts;
}

/** PEM of the published root; '' while there is none. */
export function rootCertificateOf(observed: ControlPlaneObserved): string {
  const pem = valueAt(observed.rootCert, 'data', 'root-cert.pem');
  return typeof pem === 'string' ? pem : '';
}

/** PEM of the scoped API's authority; '' while it is not published. */
export function scopedApiAuthorityOf(observed: Pick<ControlPlaneObserved, 'scopedApiAuthority'>): string {
  const pem = valueAt(observed.scopedApiAuthority, 'data', 'ca.crt');
  return typeof pem === 'string' ? pem : '';
}

function isLabelledOurs(object: KubeObject, observed: Pick<ControlPlaneObserved, 'name' | 'namespace'>): boolean {
  return labelOf(object, LABEL_MANAGED_BY) === MANAGED_BY && labelOf(object, LABEL_OWNER) === observed.namespace && labelOf(object, LABEL_OWNER_NAME) === observed.name;
}

/**
 * May we delete it? Labels alone do not say so: people copy objects, labels and all (spec/controlplane-install.md 3.3).
 * Ours is what we wrote, by the server's own record, or what this very SMCP owns.
 */
export function isOurs(object: KubeObject, observed: Pick<ControlPlaneObserved, 'name' | 'namespace' | 'smcp'>): boolean {
  if (!isLabelledOurs(object, observed)) return false;
  const isWritten = (object.metadata.managedFields ?? []).some(({ manager }) => manager === MANAGER);
  const uid = observed.smcp?.metadata.uid;
  return isWritten || (uid !== undefined && (object.metadata.ownerReferences ?? []).some((owner) => owner.uid === uid));
}

/** A Kiali of the given name that somebody else made: it stays theirs. */
export function hasForeignKiali(observed: ControlPlaneObserved, name: string): boolean {
  return observed.kialis.some((kiali) => kiali.metadata.name === name && !isLabelledOurs(kiali, observed));
}
