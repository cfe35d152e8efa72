import { ROLL_NAME } from '../../api/names.ts';
import { clusterWideRoll } from '../../domain/member-roll/cluster-wide.ts';
import { meshesOf } from '../../domain/member-roll/meshes.ts';
import type { RollObserved } from '../../domain/member-roll/observed.ts';
import { peerText } from '../../domain/control-plane/ingress-peer.ts';
import { memberCopyOptions } from '../../domain/control-plane/member-copies.ts';
import type { ObjectKey } from '../../k8s/key.ts';
import type { Reader } from '../../runtime/controller.ts';
import { isMembershipKnown, type MemberFacts } from '../member/observe.ts';
import { exposeRoutePeer } from '../ingress-peer.ts';
import * as sources from '../sources.ts';

/** Told only where the mesh has policies of ours. */
function ingressPeerOf(meshNamespace: string, read: Reader, configured: MemberFacts['exposeRoute']): Pick<RollObserved, 'ingressPeer'> {
  const [controlPlane] = read.list(sources.CONTROL_PLANES, meshNamespace);
  if (controlPlane === undefined || !memberCopyOptions(controlPlane).manageNetworkPolicy) return {};
  return { ingressPeer: peerText(exposeRoutePeer(read, configured)) };
}

/** Does anything here ask for a roll: a member, or a mesh for the whole cluster? */
function isAskedFor(meshNamespace: string, read: Reader): boolean {
  return read.indexed(sources.MEMBERS, sources.BY_MESH, meshNamespace).length > 0
    || clusterWideRoll(meshesOf(read.list(sources.CONTROL_PLANES, meshNamespace)).get(meshNamespace)) !== undefined;
}

/** The rolls of one mesh namespace and everything that says who is in. Undefined: no roll, and nobody asks for one. */
export function observeMemberRoll(meshNamespace: ObjectKey, read: Reader, { operatorNamespace, exposeRoute }: MemberFacts = {}): RollObserved | undefined {
  if (!isMembershipKnown(read)) return undefined;
  const own = read.list(sources.MEMBER_ROLLS, meshNamespace);
  if (own.length === 0 && !isAskedFor(meshNamespace, read)) return undefined;
  const roll = own.find((object) => object.metadata.name === ROLL_NAME);
  return {
    meshNamespace,
    misnamed: own.filter((object) => object !== roll),
    namespaces: read.list(sources.NAMESPACES),
    rolls: read.list(sources.MEMBER_ROLLS),
    members: read.list(sources.MEMBERS),
    controlPlanes: read.list(sources.CONTROL_PLANES),
    otherMeshes: [...read.list(sources.ISTIOS), ...read.list(sources.ISTIO_REVISIONS)],
    ...(operatorNamespace === undefined ? {} : { operatorNamespace }),
    ...(roll === undefined ? {} : { roll }),
    ...ingressPeerOf(meshNamespace, read, exposeRoute),
  };
}
