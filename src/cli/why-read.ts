import * as kinds from '../api/kinds.ts';
import { ROOT_CERT_CONFIGMAP } from '../api/names.ts';
import { observeMember } from '../controllers/member/observe.ts';
import type { MemberObserved } from '../domain/member/observed.ts';
import { decide } from '../domain/member/decision.ts';
import type { UseRight, WhyObserved } from '../domain/why/observed.ts';
import { isDeleting, type KubeObject } from '../k8s/object.ts';
import { objectOf, resourcePath, type ResourceType } from '../k8s/resource.ts';
import { valueAt } from '../lib/json.ts';
import { ApiError, type Rest } from '../runtime/rest.ts';
import { ClusterReader, IF_UNREACHABLE } from './cluster-reader.ts';
import { OfflineCluster } from './offline-cluster.ts';

/** What to look at. */
export interface WhyTarget {
  readonly namespace: string;
  readonly operatorNamespace: string;
}

/** Why a kind could not be read, by kind. */
function unreadOf({ gaps }: ClusterReader): ReadonlyMap<string, string> {
  return new Map(gaps.flatMap(({ type, status, reason }) => (type === undefined || status === 404 ? []
    : [[type.kind, `${type.plural} could not be read (${status} ${reason ?? ''}); ask somebody who may, or for the right to list them`]])));
}

async function ask(rest: Rest, type: ResourceType, spec: object, ...path: readonly string[]): Promise<unknown> {
  const body = { ...objectOf(type, { name: '' }, { spec }), metadata: {} };
  return valueAt(await rest.call<unknown>({ method: 'POST', path: resourcePath(type), body }), ...path);
}

async function userOf(rest: Rest): Promise<string> {
  try {
    const name = await ask(rest, kinds.SELF_SUBJECT_REVIEW, {}, 'status', 'userInfo', 'username');
    return typeof name === 'string' ? name : 'you';
  } catch (thrown) {
    if (thrown instanceof ApiError && thrown.status !== 0) return 'you';
    throw thrown;
  }
}

/** Control planes asked about; a cluster has a handful. */
const MOST_ASKED = 50;

function rightsOf(rest: Rest, planes: readonly KubeObject[]): Promise<UseRight[]> {
  const { group, plural: resource } = kinds.CONTROL_PLANE;
  return Promise.all(planes.filter((plane) => !isDeleting(plane)).slice(0, MOST_ASKED).map(async ({ metadata: { name, namespace = '' } }) => ({
    name, namespace,
    isAllowed: await ask(rest, kinds.SELF_SUBJECT_ACCESS_REVIEW, { resourceAttributes: { verb: 'use', group, resource, namespace, name } }, 'status', 'allowed') === true,
  })));
}

/** Kinds that the member controller decides by; all are put into one map of objects, which it then reads as it reads its caches. */
async function clusterOf(look: ClusterReader, { namespace }: WhyTarget): Promise<OfflineCluster> {
  const whole = [kinds.CONTROL_PLANE, kinds.MEMBER_ROLL];
  const inside = [kinds.MEMBER, kinds.ROLE_BINDING, kinds.NETWORK_POLICY];
  const [own, kialis, root, ...lists] = await Promise.all([
    look.get(kinds.NAMESPACE, namespace), look.list(kinds.KIALI, { namespace }), look.get(kinds.CONFIG_MAP, ROOT_CERT_CONFIGMAP, namespace),
    ...whole.map((type) => look.list(type)), ...inside.map((type) => look.list(type, { namespace })),
  ] as const);
  const cluster = new OfflineCluster(look.gaps.flatMap(({ type, status }) => (type === kinds.KIALI && status === 404 ? [type] : [])));
  for (const object of [...own === undefined ? [] : [own], ...kialis, ...root === undefined ? [] : [root], ...lists.flat()]) {
    const type = kinds.findKind(object.apiVersion, object.kind);
    if (type !== undefined) cluster.put(type, object);
  }
  return cluster;
}

function unclaimed({ namespace, operatorNamespace }: WhyTarget): MemberObserved {
  return { name: namespace, operatorNamespace, namingRolls: [], openRolls: [], members: [], controlPlanes: [], copies: [], strangers: [] };
}

/**
 * Reads everything that explains one namespace, with the rights of whoever asks. What may not be read is named in `unread`.
 * @throws ApiError when the API server does not answer
 */
export async function readWhy(rest: Rest, target: WhyTarget): Promise<WhyObserved> {
  const look = new ClusterReader(rest, IF_UNREACHABLE);
  const cluster = await clusterOf(look, target);
  const { namespace } = target;
  const own = cluster.get({ id: 'namespace', type: kinds.NAMESPACE }, namespace);
  const controlPlanes = cluster.list({ id: 'planes', type: kinds.CONTROL_PLANE });
  const member: MemberObserved = observeMember(namespace, cluster, target)
    ?? { ...unclaimed(target), ...(own === undefined ? {} : { namespace: own }), controlPlanes: controlPlanes.filter((plane) => plane.metadata.namespace === namespace) };
  const mesh = decide(member).winner?.mesh;
  const [user, rights, mutatingWebhooks, pods, services, routes, ingresses, meshRoot] = await Promise.all([
    userOf(rest), rightsOf(rest, controlPlanes), look.list(kinds.MUTATING_WEBHOOK), look.list(kinds.POD, { namespace }), look.list(kinds.SERVICE, { namespace }),
    look.list(kinds.ROUTE, { namespace }), look.list(kinds.INGRESS, { namespace }), mesh === undefined ? undefined : look.get(kinds.CONFIG_MAP, ROOT_CERT_CONFIGMAP, mesh),
  ]);
  return {
    member, controlPlanes, user, rights, mutatingWebhooks, pods, services, routes, ingresses, unread: unreadOf(look),
    ...(meshRoot === undefined ? {} : { meshRoot }),
  };
}
