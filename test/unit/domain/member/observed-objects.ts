import type { MemberObserved } from '../../../../src/domain/member/observed.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { memberCopies, memberCopyOptions } from '../../../../src/domain/control-plane/member-copies.ts';

/** What the member controller observes of namespace `pay` when these are all objects of the cluster. */
export function observed(...objects: readonly KubeObject[]): MemberObserved {
  const ofKind = (...kinds: readonly string[]): KubeObject[] => objects.filter((object) => kinds.includes(object.kind));
  const namespace = ofKind('Namespace').find((object) => object.metadata.name === 'pay');
  const rolls = ofKind('ServiceMeshMemberRoll');
  const inside = objects.filter((object) => object.metadata.namespace === 'pay');
  const bindings = inside.filter((object) => ['RoleBinding', 'NetworkPolicy'].includes(object.kind));
  const trust = inside.filter((object) => object.kind === 'ConfigMap');
  const [rootCert] = trust;
  const pods = inside.filter((object) => object.kind === 'Pod');
  const lists = (roll: KubeObject): boolean => JSON.stringify(roll['spec']).includes('"pay"');
  return {
    name: 'pay', operatorNamespace: 'operators',
    namingRolls: rolls.filter(lists), openRolls: rolls.filter((roll) => !lists(roll)),
    members: inside.filter((object) => object.kind === 'ServiceMeshMember'), controlPlanes: ofKind('ServiceMeshControlPlane'),
    copies: bindings.filter((object) => object.metadata.labels?.['maistra.io/member-of'] !== undefined),
    strangers: bindings.filter((object) => object.metadata.labels?.['maistra.io/member-of'] === undefined),
    ...(namespace === undefined ? {} : { namespace }), ...(rootCert === undefined ? {} : { rootCert, trust }),
    ...(pods.length === 0 ? {} : { pods, webhooks: ofKind('MutatingWebhookConfiguration') }),
  };
}

/** The copies that a control plane wants in namespace `pay`. */
export function copiesOf(controlPlane: KubeObject): KubeObject[] {
  return memberCopies(memberCopyOptions(controlPlane), 'pay').map((copy) => copy.object);
}

/** What istiod keeps in namespace `pay`. */
export const TRUSTED: readonly KubeObject[] = ['istio-ca-root-cert', 'istio-ca-crl'].map((name) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'pay', uid: name } }));
