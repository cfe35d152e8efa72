import type { Access, AccessReviewer } from '../../../src/webhooks/access.ts';
import type { AdmissionContext } from '../../../src/webhooks/decision.ts';
import type { MeshWorld } from '../../../src/webhooks/mesh-world.ts';
import type { AdmissionAnswer, AdmissionRequest, UserInfo } from '../../../src/webhooks/review.ts';
import type { KubeObject } from '../../../src/k8s/object.ts';

const at = (name: string, namespace: string): KubeObject['metadata'] => ({ name, namespace, creationTimestamp: '2030-01-01T00:00:00Z' });

export function namespace(name: string, labels: Readonly<Record<string, string>> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

export function smcp(namespace: string, name = 'basic', spec: object = {}): KubeObject {
  return { apiVersion: 'maistra.io/v2', kind: 'ServiceMeshControlPlane', metadata: at(name, namespace), spec };
}

export function smmr(namespace: string, members: readonly unknown[] = [], more: object = {}): KubeObject {
  return { apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMemberRoll', metadata: at('default', namespace), spec: { members, ...more } };
}

export function smm(namespace: string, mesh: string, controlPlane = 'basic'): KubeObject {
  return { apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMember', metadata: at('default', namespace), spec: { controlPlaneRef: { namespace: mesh, name: controlPlane } } };
}

/** The same object with other metadata. */
export function withMetadata(object: KubeObject, metadata: Partial<KubeObject['metadata']>): KubeObject {
  return { ...object, metadata: { ...object.metadata, ...metadata } };
}

export const ALICE: UserInfo = { username: 'alice', uid: 'alice-uid', groups: ['tenant-a', 'system:authenticated'], extra: { scopes: ['all'] } };

/** A request as the API server sends it; an UPDATE when there is an old object. */
export function requestFor(object: KubeObject, oldObject?: KubeObject): AdmissionRequest {
  const { name, namespace = '' } = object.metadata;
  const operation = oldObject === undefined ? 'CREATE' : 'UPDATE';
  return { uid: 'u1', operation, name, namespace, object, user: ALICE, ...(oldObject === undefined ? {} : { oldObject }) };
}

/** A world of these objects, seen whole. */
export function worldOf(...objects: readonly KubeObject[]): MeshWorld {
  const ofKind = (kind: string): KubeObject[] => objects.filter((object) => object.kind === kind);
  return {
    isSynced: () => true,
    isConverting: () => true,
    controlPlanes: (namespace) => ofKind('ServiceMeshControlPlane').filter((plane) => namespace === undefined || plane.metadata.namespace === namespace),
    rolls: () => ofKind('ServiceMeshMemberRoll'),
    members: () => ofKind('ServiceMeshMember'),
    namespaces: () => ofKind('Namespace'),
    profiles: (namespace) => ofKind('ConfigMap').filter((found) => found.metadata.namespace === namespace),
    namespace: (name) => ofKind('Namespace').find((found) => found.metadata.name === name),
  };
}

/** Rights by a rule, and everything that was asked. */
export class Rights implements AccessReviewer {
  readonly asked: { readonly user: UserInfo; readonly access: Access }[] = [];
  readonly #rule: (access: Access) => boolean | Promise<boolean>;

  constructor(rule: (access: Access) => boolean | Promise<boolean>) {
    this.#rule = rule;
  }

  async may(user: UserInfo, access: Access): Promise<boolean> {
    this.asked.push({ user, access });
    return this.#rule(access);
  }
}

export const everything = (): Rights => new Rights(() => true);
export const nothing = (): Rights => new Rights(() => false);

export function contextOf(world: MeshWorld, access: AccessReviewer = everything()): AdmissionContext {
  return { world, access, operatorNamespace: 'mesh-operator' };
}

/** Never aborts. */
export const NO_DEADLINE = new AbortController().signal;

/** The message of a refusal; '' when it was none. */
export function refusalOf(answer: AdmissionAnswer): string {
  return answer.allowed ? '' : answer.message;
}
