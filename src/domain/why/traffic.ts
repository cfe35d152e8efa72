import { INJECT, LABEL_EXPOSE_ROUTE, LABEL_IGNORE_NAMESPACE, LABEL_ISTIO_INJECTION, ROOT_CERT_CONFIGMAP } from '../../api/names.ts';
import { sameJson, valueAt } from '../../lib/json.ts';
import { labelOf, type KubeObject } from '../../k8s/object.ts';
import { memberCopyOptions } from '../control-plane/member-copies.ts';
import { accessBlocked, blockedDoors } from '../member/exposure.ts';
import { asksForSidecar, injectionWord, injectorEntries, selectingEntries, type Injection } from '../member/injection.ts';
import * as obstacles from '../member-roll/obstacles.ts';
import type { Obstacle } from '../member-roll/obstacles.ts';
import { censusOf, outdatedNames } from '../sidecars/census.ts';
import { broken, holds, note, unknown, type Verdict } from './link.ts';
import { idleOperator, type WhyView } from './membership.ts';
import { hasSidecar, isAlive, restartCommand, templateLabelCommand } from './workload.ts';

function withCommand(obstacle: Obstacle, command: string | undefined): Obstacle {
  return command === undefined ? obstacle : { ...obstacle, command };
}

function injectionOf({ observed, mesh, controlPlane }: WhyView): Injection {
  return {
    webhooks: observed.mutatingWebhooks, namespaceLabels: observed.member.namespace?.metadata.labels,
    controlPlane: { namespace: mesh ?? '', name: controlPlane?.metadata.name ?? '' },
  };
}

/** The webhook follows the root certificate that istiod publishes in its own namespace (ADR 10): without that nobody has left anything undone but istiod. */
function missingWebhook({ observed, mesh = '', controlPlane }: WhyView): Obstacle {
  const istiod = `istiod-${controlPlane?.metadata.name ?? ''}`;
  if (observed.meshRoot !== undefined || observed.unread.has('ConfigMap')) return idleOperator(`the injection webhook of mesh ${mesh} is missing`, observed.member.operatorNamespace);
  return { reason: 'WebhookWithoutRoot', message: `the injection webhook of mesh ${mesh} waits for ConfigMap ${mesh}/${ROOT_CERT_CONFIGMAP}: ${istiod} has not published its root certificate yet; look at its log`, command: `kubectl logs deployment/${istiod} -n ${mesh}` };
}

/** Link 6. */
export function webhook(view: WhyView): Verdict {
  const { observed, name, decision } = view;
  if (decision.belonging.is === 'control-plane') return holds('pods of a control plane get no sidecars');
  const gap = observed.unread.get('MutatingWebhookConfiguration');
  if (gap !== undefined) return unknown(gap);
  const injection = injectionOf(view);
  if (injectorEntries(injection).length === 0) return broken(missingWebhook(view));
  const namespace = observed.member.namespace;
  const ignoring = [LABEL_IGNORE_NAMESPACE, LABEL_ISTIO_INJECTION].find((label) => namespace !== undefined && labelOf(namespace, label) !== undefined);
  const selected = selectingEntries(injection);
  if (selected.length === 0) {
    const label = ignoring ?? LABEL_ISTIO_INJECTION;
    return broken({ reason: 'NotSelected', message: `the injection webhook leaves namespace "${name}" out because of its label ${label}; take the label off`, command: `kubectl label namespace ${name} ${label}-` });
  }
  const isTrusted = selected.every((entry) => { const bundle = valueAt(entry, 'clientConfig', 'caBundle'); return typeof bundle === 'string' && bundle !== ''; });
  return isTrusted ? holds('the injection webhook takes it in')
    : broken({ reason: 'WebhookWithoutRoot', message: 'the injection webhook has no root certificate: istiod has not published one yet; look at its log', command: `kubectl logs deployment/istiod-${view.controlPlane?.metadata.name ?? ''} -n ${view.mesh ?? ''}` });
}

/** Link 7. A certificate of another mesh makes every proxy of the namespace distrust istiod. */
export function rootCertificate(view: WhyView): Verdict {
  const { observed, name, mesh = name, controlPlane, decision } = view;
  if (decision.belonging.is === 'control-plane') return holds('istiod keeps it');
  const gap = observed.unread.get('ConfigMap');
  if (gap !== undefined) return unknown(gap);
  const { rootCert } = observed.member;
  const istiod = `istiod-${controlPlane?.metadata.name ?? ''}`;
  if (rootCert === undefined) {
    return broken({ reason: 'RootCertificateMissing', message: `ConfigMap ${name}/${ROOT_CERT_CONFIGMAP} is missing: ${istiod} has not written it, and proxies cannot start; restart it`, command: `kubectl rollout restart deployment/${istiod} -n ${mesh}` });
  }
  if (observed.meshRoot === undefined) return unknown(`ConfigMap ${mesh}/${ROOT_CERT_CONFIGMAP} cannot be compared with`);
  return sameJson(valueAt(rootCert, 'data'), valueAt(observed.meshRoot, 'data')) ? holds('the root certificate of the mesh is in it')
    : broken({ reason: 'RootCertificateDiffers', message: `ConfigMap ${name}/${ROOT_CERT_CONFIGMAP} is not that of mesh ${mesh}: proxies would not trust ${istiod}; delete it, and istiod writes it anew`, command: `kubectl delete configmap ${ROOT_CERT_CONFIGMAP} -n ${name}` });
}

/** Link 9. */
export function pods(view: WhyView): Verdict {
  const { observed, decision } = view;
  const gap = observed.unread.get('Pod');
  if (gap !== undefined) return unknown(gap);
  const alive = observed.pods.filter(isAlive);
  const bare = alive.filter((pod) => !hasSidecar(pod));
  if (decision.belonging.is === 'control-plane' || alive.length === 0) return holds(alive.length === 0 ? 'there are no pods' : `${alive.length} pods`);
  const onHost = bare.filter((pod) => valueAt(pod, 'spec', 'hostNetwork') === true);
  const entries = selectingEntries(injectionOf(view));
  const asking = bare.filter((pod) => !onHost.includes(pod) && asksForSidecar(pod, entries));
  const names = (list: readonly KubeObject[]): string => obstacles.shownNames(list.map((pod) => pod.metadata.name));
  if (asking.length > 0) {
    return broken(withCommand(obstacles.podsNotInjected(asking.map((pod) => pod.metadata.name), alive.length), restartCommand(asking)));
  }
  const { outdated, now } = censusOf(alive, injectionOf(view));
  if (outdated.length > 0 && now !== undefined) {
    return note(withCommand(obstacles.sidecarsOutdated(outdatedNames(outdated), alive.length, now.version), restartCommand(outdated.map(({ pod }) => pod))));
  }
  const silent = bare.filter((pod) => !onHost.includes(pod) && injectionWord(pod) !== 'false');
  if (silent.length > 0) {
    return note(withCommand({ reason: 'PodsDoNotAsk', message: `${silent.length} of ${alive.length} pods do not ask for a sidecar (label ${INJECT}: "true" on the pod template): ${names(silent)}` }, templateLabelCommand(silent, INJECT, 'true')));
  }
  if (onHost.length > 0) return note({ reason: 'PodsOnHostNetwork', message: `pods on the network of their node get no sidecar: ${names(onHost)}` });
  return holds(`${alive.length - bare.length} of ${alive.length} pods have a sidecar; the others refuse it`);
}

/** Link 10. */
export function routes({ observed, controlPlane, decision }: WhyView): Verdict {
  const gap = observed.unread.get('Route') ?? observed.unread.get('Service');
  if (gap !== undefined) return unknown(gap);
  if (decision.belonging.is !== 'member' || controlPlane === undefined) return holds('nothing is cut off');
  if (!memberCopyOptions(controlPlane, observed.member.copyFacts).manageNetworkPolicy) return holds('the mesh has no NetworkPolicies that could cut anything off');
  const doors = blockedDoors({ ...observed, pods: observed.pods.filter(isAlive) });
  if (doors.length === 0) return holds(`${observed.routes.length + observed.ingresses.length} Routes and Ingresses, none cut off`);
  const closed = doors.flatMap((door) => door.pods);
  return broken(withCommand({
    reason: 'ExternalAccessBlocked',
    message: accessBlocked(doors),
  }, templateLabelCommand(closed, LABEL_EXPOSE_ROUTE, 'true')));
}
