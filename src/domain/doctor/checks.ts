import * as cluster from './cluster.ts';
import type { Check, Finding } from './finding.ts';
import type { DoctorFacts } from './facts.ts';
import * as installation from './installation.ts';
import * as members from './members.ts';
import * as neighbours from './neighbours.ts';

function always(name: string, look: Check['look'], wellWhen: string, needs: readonly string[] = []): Check {
  return { name, look, wellWhen, needs, when: 'always' };
}

function installed(name: string, look: Check['look'], wellWhen: string, needs: readonly string[] = []): Check {
  return { name, look, wellWhen, needs, when: 'installed' };
}

/** All checks, in the order in which they are told: a fault further up may be the cause of those below. */
export const CHECKS: readonly Check[] = [
  // The API server knows what our webhooks ask for.
  always('kubernetes-version', installation.kubernetesVersion, 'the API server is new enough'),
  // OpenShift Service Mesh 2 works on the same objects: ours gives way.
  always('other-operator', neighbours.otherOperator, 'no operator of OpenShift Service Mesh 2 runs', ['Deployment', 'ValidatingWebhookConfiguration', 'CustomResourceDefinition']),
  // OLM would put its own version of the CRDs in.
  always('crd-owners', neighbours.definitionOwners, 'nobody else owns the CRDs of maistra.io', ['CustomResourceDefinition']),
  // Two istiods in one namespace undo each other's root certificate.
  always('other-meshes', neighbours.otherMeshes, 'no Istio of the Sail operator serves a mesh of ours', ['Istio', 'IstioRevision']),
  // OpenShift's own, for Gateway API.
  always('ingress-istio', neighbours.ingressIstio, 'the ingress operator runs no Istio of its own', ['GatewayClass']),
  // istioctl's and Helm's.
  always('stray-istiods', neighbours.strayIstiods, 'every istiod belongs to a mesh of ours or of Sail', ['Deployment']),
  // Missing, or older than the operator.
  installed('crds', installation.ownDefinitions, 'the CRDs of maistra.io are there, in all versions', ['CustomResourceDefinition']),
  // Somebody's old ones stand in the operator's way.
  installed('istio-crds', installation.istioDefinitions, 'the CRDs of Istio are there'),
  // Nothing is repaired while nobody works.
  installed('operator', installation.operatorAlive, 'an operator works', ['Lease']),
  // This tmesh speaks of another operator than the one that runs.
  installed('operator-version', installation.operatorVersion, 'operator and tmesh are of one version', ['ServiceMeshControlPlane']),
  // A kind that may not be listed keeps the operator from starting.
  installed('permissions', installation.permissions, "the operator's account may read what it needs", ['SubjectAccessReview']),
  // Without it mistakes are not told at once; with a dead one nothing of ours can be written.
  installed('webhook', installation.ownWebhook, "the operator's webhook can be called", ['ValidatingWebhookConfiguration']),
  // Without it one version of the API cannot be read.
  installed('conversion', installation.conversionWebhook, 'v1 and v2 are converted', ['CustomResourceDefinition']),
  // Expired, or not renewed in time.
  installed('certificates', installation.certificates, 'certificates of webhooks are good for more than a week', ['ValidatingWebhookConfiguration']),
  // They hold up what they guard, for everybody.
  always('dead-webhooks', cluster.deadWebhooks, 'no webhook of a mesh that is gone is left', ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration', 'Namespace']),
  // Policies are only objects unless somebody enforces them.
  always('network-policies', cluster.policyEnforcement, 'a network plug-in enforces NetworkPolicies', ['DaemonSet']),
  // Sidecars redirect traffic with rights that a level may refuse.
  always('pod-security', cluster.podSecurity, 'Pod Security lets sidecars in', ['Namespace', 'ServiceMeshControlPlane']),
  // So does the node plug-in that spares sidecars those rights.
  installed('operator-pod-security', cluster.operatorPodSecurity, 'Pod Security lets the node plug-in in', ['Namespace', 'ServiceMeshControlPlane']),
  // Pods wait for it on their node.
  installed('node-plugin', cluster.nodePlugin, 'the node plug-in runs wherever a mesh asks for it', ['DaemonSet', 'ServiceMeshControlPlane']),
  // Hosts like *.example.com.
  always('wildcard-routes', cluster.wildcardRoutes, 'routers take the wildcard hosts of Gateways', ['Gateway', 'IngressController']),
  // Only the oldest counts.
  always('control-planes', cluster.severalControlPlanes, 'each mesh has one control plane', ['ServiceMeshControlPlane']),
  // Not one of this operator's.
  always('istio-version', installation.istioVersion, 'this operator has the Istio of every mesh', ['ServiceMeshControlPlane']),
  // With the words of their status.
  installed('meshes', members.unreadyMeshes, 'all control planes are ready', ['ServiceMeshControlPlane']),
  // One mesh has them, the other waits in vain.
  installed('contested-namespaces', members.contestedNamespaces, 'no namespace is claimed by two meshes', ['ServiceMeshMemberRoll', 'ServiceMeshMember']),
  // Missing, or of another mesh: proxies do not start.
  installed('root-certificates', members.rootCertificates, 'members have the root certificate of their mesh', ['ConfigMap', 'Namespace']),
  // Older than the membership.
  installed('sidecars', members.podsWithoutSidecar, 'pods of members have the sidecars that they should', ['Pod', 'MutatingWebhookConfiguration']),
  // Older than the last change of the mesh.
  installed('outdated-sidecars', members.outdatedSidecars, 'sidecars are of the version and with the settings that their mesh gives now', ['Pod', 'MutatingWebhookConfiguration']),
  // More than one minor behind istiod.
  installed('proxy-versions', members.proxySkew, 'proxies are no more than one minor behind their istiod', ['Pod']),
  // Labels of a mesh that is gone.
  always('leftover-labels', members.leftoverMembers, 'no namespace carries the label of a mesh that is gone', ['Namespace', 'ServiceMeshControlPlane', 'Lease']),
  // Objects that wait for an operator that is gone.
  always('finalizers', members.stuckFinalizers, 'nothing waits for an operator that is gone', ['ServiceMeshControlPlane', 'ServiceMeshMemberRoll', 'ServiceMeshMember', 'Lease']),
];

/** What came of one check. `unknown`: it could not look; `skipped`: the operator is not installed yet. */
export interface Examined {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'error' | 'unknown' | 'skipped';
  /** What is well, or why it could not look. */
  readonly message: string;
  readonly findings: readonly Finding[];
}

function examined(check: Check, facts: DoctorFacts, isInstalled: boolean): Examined {
  const result = (state: Examined['state'], message: string, findings: readonly Finding[] = []): Examined => ({ check: check.name, state, message, findings });
  const gap = check.needs.map((kind) => facts.unread.get(kind)).find((why) => why !== undefined);
  if (check.when === 'installed' && !isInstalled) return result('skipped', 'the operator is not installed');
  const findings = check.look(facts);
  if (findings.length > 0) return result(findings.some(({ severity }) => severity === 'error') ? 'error' : 'warning', '', findings);
  return gap === undefined ? result('ok', check.wellWhen) : result('unknown', gap);
}

/** Looks at everything. Pure. */
export function examine(facts: DoctorFacts): readonly Examined[] {
  const isInstalled = installation.isInstalled(facts);
  return CHECKS.map((check) => examined(check, facts, isInstalled));
}
