import { CONFIG_MAP, CONTROL_PLANE, MEMBER, MEMBER_ROLL, NAMESPACE } from '../../api/kinds.ts';
import { FINALIZER, LABEL_MEMBER_OF, ROOT_CERT_CONFIGMAP } from '../../api/names.ts';
import { isDeleting, labelOf, type KubeObject } from '../../k8s/object.ts';
import { refOf } from '../../k8s/ref.ts';
import type { ResourceType } from '../../k8s/resource.ts';
import { objectsAt, sameJson, textAt, valueAt, type JsonObject } from '../../lib/json.ts';
import { sortedUnique } from '../../lib/sort.ts';
import { podsNotInjected } from '../member/injection.ts';
import { censusOf, outdatedNames } from '../sidecars/census.ts';
import { shownNames } from '../member-roll/obstacles.ts';
import { hasSidecar, isAlive, restartCommand } from '../why/workload.ts';
import type { DoctorFacts } from './facts.ts';
import { error, warning, type Finding } from './finding.ts';
import { operatorAlive } from './installation.ts';

/* Namespaces: who is in a mesh, and what was left behind. */

/** What is younger than this may be on its way. */
const GRACE_MS = 10_000;
const SHOWN = 5;

const ageMs = (timestamp: string | undefined, now: Date): number => (timestamp === undefined ? 0 : now.getTime() - Date.parse(timestamp));

const named = (pods: readonly KubeObject[]): string => shownNames(pods.map(({ metadata }) => metadata.name), SHOWN);

/** Members of meshes that exist, with their control plane. */
function members({ namespaces, controlPlanes }: DoctorFacts): readonly { readonly namespace: KubeObject; readonly mesh: string; readonly plane: KubeObject }[] {
  return namespaces.flatMap((namespace) => {
    const mesh = labelOf(namespace, LABEL_MEMBER_OF);
    const plane = controlPlanes.find(({ metadata }) => metadata.namespace === mesh);
    return mesh === undefined || plane === undefined || mesh === namespace.metadata.name || isDeleting(namespace) ? [] : [{ namespace, mesh, plane }];
  });
}

/** Proxies trust this certificate; that of another mesh, or none, keeps them from starting (wishes.md W34). */
export function rootCertificates(facts: DoctorFacts): readonly Finding[] {
  const rootOf = (name: string): KubeObject | undefined => facts.rootCerts.find(({ metadata }) => metadata.namespace === name);
  return members(facts).flatMap(({ namespace: { metadata: { name, creationTimestamp } }, mesh, plane }) => {
    const [own, theirs] = [rootOf(name), rootOf(mesh)];
    if (theirs === undefined) return [];
    if (own === undefined) {
      if (ageMs(creationTimestamp, facts.now) < GRACE_MS && ageMs(theirs.metadata.creationTimestamp, facts.now) < GRACE_MS) return [];
      return [error(`Namespace ${name}`, `ConfigMap ${ROOT_CERT_CONFIGMAP} is missing: proxies cannot start; istiod of mesh ${mesh} has not written it`, `kubectl rollout restart deployment/istiod-${plane.metadata.name} -n ${mesh}`)];
    }
    if (sameJson(valueAt(own, 'data'), valueAt(theirs, 'data'))) return [];
    // istiod writes it again within a second; until then proxies run on what they have.
    return [error(`ConfigMap ${name}/${ROOT_CERT_CONFIGMAP}`, `it is not that of mesh ${mesh}: proxies do not trust their istiod; delete it, and istiod writes it anew. If it comes back like this, another istiod serves the namespace`, `kubectl delete configmap ${ROOT_CERT_CONFIGMAP} -n ${name}`, [{ do: 'remove', ref: refOf(CONFIG_MAP, own) }])];
  });
}

/** Pods that are older than their membership (wishes.md W9). */
export function podsWithoutSidecar(facts: DoctorFacts): readonly Finding[] {
  return members(facts).flatMap(({ namespace: { metadata: { name, labels } }, mesh, plane }) => {
    const running = facts.pods.filter((pod) => pod.metadata.namespace === name && isAlive(pod) && !hasSidecar(pod));
    const missing = podsNotInjected(running, { webhooks: facts.mutatingWebhooks, namespaceLabels: labels, controlPlane: { namespace: mesh, name: plane.metadata.name } });
    return missing.length === 0 ? [] : [warning(`Namespace ${name}`, `${missing.length} pods should have a sidecar and have none, for they are older than the membership: ${named(missing)}`, restartCommand(missing) ?? `kubectl get pods -n ${name}`)];
  });
}

/** Pods that are older than the last change of their mesh's sidecars. */
export function outdatedSidecars(facts: DoctorFacts): readonly Finding[] {
  return members(facts).flatMap(({ namespace: { metadata: { name, labels } }, mesh, plane }) => {
    const running = facts.pods.filter((pod) => pod.metadata.namespace === name && isAlive(pod));
    const { outdated, now } = censusOf(running, { webhooks: facts.mutatingWebhooks, namespaceLabels: labels, controlPlane: { namespace: mesh, name: plane.metadata.name } });
    if (outdated.length === 0 || now === undefined) return [];
    const pods = outdated.map(({ pod }) => pod);
    return [warning(`Namespace ${name}`, `${outdated.length} pods run another sidecar than mesh ${mesh} gives now (Istio ${now.version}): ${shownNames(outdatedNames(outdated), SHOWN)}`, restartCommand(pods) ?? `kubectl get pods -n ${name}`)];
  });
}

/** The minor in `registry/proxyv2:1.30.3`, `…@sha256` aside. */
function proxyMinor(pod: KubeObject): number | undefined {
  const containers = ['containers', 'initContainers'].flatMap((list) => objectsAt(pod, 'spec', list));
  const minor = /:v?1\.(\d+)/.exec(textAt(containers.find(({ name }) => name === 'istio-proxy'), 'image'))?.[1];
  return minor === undefined ? undefined : Number(minor);
}

/** Istio takes proxies that are up to one minor older than istiod (Istio doc "Supported Releases", control plane/data plane skew). */
export function proxySkew(facts: DoctorFacts): readonly Finding[] {
  return members(facts).flatMap(({ namespace: { metadata: { name } }, plane }) => {
    const istiod = Number(/^1\.(\d+)/.exec(textAt(plane, 'status', 'chartVersion'))?.[1]);
    const old = facts.pods.filter((pod) => pod.metadata.namespace === name && isAlive(pod) && istiod - (proxyMinor(pod) ?? istiod) > 1);
    return old.length === 0 ? [] : [warning(`Namespace ${name}`, `${old.length} pods run a proxy more than one minor older than istiod 1.${istiod}, which Istio does not support: ${named(old)}`, restartCommand(old) ?? `kubectl get pods -n ${name}`)];
  });
}

/** Namespaces of a mesh that is gone. Only where no operator works: one that does is about to clean up. */
export function leftoverMembers(facts: DoctorFacts): readonly Finding[] {
  const isGone = (mesh: string): boolean => !facts.controlPlanes.some(({ metadata }) => metadata.namespace === mesh);
  return facts.namespaces.flatMap((namespace) => {
    const mesh = labelOf(namespace, LABEL_MEMBER_OF);
    if (mesh === undefined || isDeleting(namespace) || !isGone(mesh) || operatorAlive(facts).length === 0) return [];
    const { name } = namespace.metadata;
    return [warning(`Namespace ${name}`, `label ${LABEL_MEMBER_OF}=${mesh} is left over from a mesh that is gone, and no operator is there to take it off`, `kubectl label namespace ${name} ${LABEL_MEMBER_OF}-`,
      [{ do: 'patch', ref: refOf(NAMESPACE, namespace), patch: { metadata: { labels: { [LABEL_MEMBER_OF]: null } } } }])];
  });
}

const OWN: readonly ResourceType[] = [CONTROL_PLANE, MEMBER_ROLL, MEMBER];

/** Objects that wait for an operator that is gone (wishes.md W11). */
export function stuckFinalizers(facts: DoctorFacts): readonly Finding[] {
  if (operatorAlive(facts).length === 0) return [];
  return [...facts.controlPlanes, ...facts.rolls, ...facts.members].flatMap((object) => {
    const type = OWN.find(({ kind }) => kind === object.kind);
    const { name, namespace = '', finalizers = [], deletionTimestamp } = object.metadata;
    if (type === undefined || deletionTimestamp === undefined || !finalizers.includes(FINALIZER) || ageMs(deletionTimestamp, facts.now) < GRACE_MS) return [];
    const kept = finalizers.filter((finalizer) => finalizer !== FINALIZER);
    const remedy = `kubectl patch ${type.plural} ${name} -n ${namespace} --type=merge -p '${JSON.stringify({ metadata: { finalizers: kept.length === 0 ? null : kept } })}'`;
    return [error(`${object.kind} ${namespace}/${name}`, `it is being deleted and waits for an operator, which is not there; start one, which also removes what the mesh made, or let go of it`, remedy,
      [{ do: 'patch', ref: refOf(type, object), patch: { metadata: { finalizers: kept.length === 0 ? null : kept } } }])];
  });
}

/** Namespaces that two meshes claim (wishes.md W4): one has them, and the other's claim has no effect. */
export function contestedNamespaces({ rolls, members: objects }: DoctorFacts): readonly Finding[] {
  const reasons = new Set(['ReferencesDifferentControlPlane']);
  const isContested = (conditions: readonly JsonObject[]): boolean => conditions.some((condition) => reasons.has(textAt(condition, 'reason')));
  const inRolls = rolls.flatMap((roll) => objectsAt(roll, 'status', 'memberStatuses').filter((status) => isContested(objectsAt(status, 'conditions'))).map((status) => textAt(status, 'namespace')));
  const own = objects.filter((member) => isContested(objectsAt(member, 'status', 'conditions'))).map(({ metadata }) => metadata.namespace ?? '');
  return sortedUnique([...inRolls, ...own]).map((name) => warning(`Namespace ${name}`, 'two meshes claim it; the first has it, and the claim of the other has no effect', `tmesh why ${name}`));
}

/** Control planes that are not ready. */
export function unreadyMeshes({ controlPlanes, now }: DoctorFacts): readonly Finding[] {
  return controlPlanes.flatMap((plane) => {
    const ready = objectsAt(plane, 'status', 'conditions').find(({ type }) => type === 'Ready');
    const { namespace = '', name } = plane.metadata;
    if (ready === undefined || ready['status'] === 'True' || isDeleting(plane) || ageMs(textAt(ready, 'lastTransitionTime'), now) < GRACE_MS) return [];
    return [error(`ServiceMeshControlPlane ${namespace}/${name}`, `it is not ready (${textAt(ready, 'reason')}: ${textAt(ready, 'message')})`, `kubectl get deployments,pods -n ${namespace}`)];
  });
}
