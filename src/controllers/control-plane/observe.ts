import { ANNOTATION_SIDECAR, LABEL_MANAGED_BY, LABEL_OWNER_NAME, MANAGED_BY, ROOT_CERT_CONFIGMAP, SCOPED_API_AUTHORITY, SCOPED_API_NAME } from '../../api/names.ts';
import type { OperatorFacts } from '../../domain/control-plane/facts.ts';
import type { ControlPlaneObserved } from '../../domain/control-plane/observed.ts';
import { canaryRevision } from '../../domain/control-plane/values/input.ts';
import { parseMark } from '../../domain/sidecars/mark.ts';
import { isNewer } from '../../domain/versions.ts';
import { keyOf, splitKey, type ObjectKey } from '../../k8s/key.ts';
import { annotationOf, isDeleting, labelOf, type KubeObject } from '../../k8s/object.ts';
import { sortedUnique } from '../../lib/sort.ts';
import type { Reader, Source } from '../../runtime/controller.ts';
import { exposeRoutePeer } from '../ingress-peer.ts';
import { profilesIn } from '../profiles.ts';
import * as sources from '../sources.ts';

/** Caches of every kind that a control plane's objects have. */
export const MANAGED_SOURCES: readonly Source[] = [
  sources.MANAGED_DEPLOYMENTS, sources.MANAGED_SERVICES, sources.MANAGED_CONFIG_MAPS, sources.MANAGED_SERVICE_ACCOUNTS, sources.MANAGED_SECRETS,
  sources.MANAGED_ROLES, sources.MANAGED_ROLE_BINDINGS, sources.MANAGED_CLUSTER_ROLE_BINDINGS, sources.MANAGED_NETWORK_POLICIES,
  sources.MANAGED_HPAS, sources.MANAGED_PDBS, sources.MANAGED_MUTATING_WEBHOOKS, sources.MANAGED_VALIDATING_WEBHOOKS,
  sources.MANAGED_PEER_AUTHENTICATIONS, sources.MANAGED_TELEMETRIES, sources.ROUTES, sources.KIALIS,
];

function managedBy(namespace: string, name: string, read: Reader): KubeObject[] {
  return MANAGED_SOURCES.flatMap((source) => read.indexed(source, sources.BY_OWNER, namespace))
    .filter((object) => labelOf(object, LABEL_MANAGED_BY) === MANAGED_BY && labelOf(object, LABEL_OWNER_NAME) === name);
}

/** Namespaces labelled as members; the one of the control plane carries the label as well and is not one of them. */
function membersOf(namespace: string, read: Reader): string[] {
  const labelled = read.indexed(sources.NAMESPACES, sources.BY_MEMBER_OF, namespace);
  return sortedUnique(labelled.map((object) => object.metadata.name).filter((name) => name !== namespace));
}

/** Pods that need an istiod of the canary's name. */
function canaryPodsOf(namespace: string, name: string, read: Reader): Pick<ControlPlaneObserved, 'canaryPods'> {
  const pods = read.indexed(sources.PODS, sources.BY_REVISION, keyOf(canaryRevision({ name }), namespace)).filter((pod) => !isDeleting(pod));
  const versions = pods.map((pod) => parseMark(annotationOf(pod, ANNOTATION_SIDECAR))?.version ?? '');
  const newest = versions.reduce((best, version) => (best === '' || isNewer(version, best) ? version : best), '');
  return pods.length === 0 ? {} : { canaryPods: { count: pods.length, newest } };
}

/**
 * Reads everything a mesh depends on. In: key `namespace/name` of the SMCP, the caches, what is known at start.
 * Out: undefined when the SMCP is gone and nothing of it is left.
 */
export function observeControlPlane(key: ObjectKey, read: Reader, facts: OperatorFacts): ControlPlaneObserved | undefined {
  const { name, namespace = '' } = splitKey(key);
  const smcp = read.get(sources.CONTROL_PLANES, name, namespace);
  const managed = managedBy(namespace, name, read);
  if (smcp === undefined && managed.length === 0) return undefined;
  const namespaceObject = read.get(sources.NAMESPACES, namespace);
  const scopedApiAuthority = read.get(sources.MANAGED_CONFIG_MAPS, SCOPED_API_AUTHORITY, facts.operatorNamespace);
  const scopedApi = read.get(sources.MANAGED_DEPLOYMENTS, SCOPED_API_NAME, facts.operatorNamespace);
  const otherBinding = read.list(sources.OTHER_CNI_BINDING)[0];
  const rootCert = read.get(sources.ROOT_CERTS, ROOT_CERT_CONFIGMAP, namespace);
  return {
    name, namespace, managed,
    ...(smcp === undefined ? {} : { smcp }),
    siblings: read.list(sources.CONTROL_PLANES, namespace).filter((other) => other.metadata.name !== name),
    ...(namespaceObject === undefined ? {} : { namespaceObject }),
    members: membersOf(namespace, read),
    ...canaryPodsOf(namespace, name, read),
    ...(rootCert === undefined ? {} : { rootCert }),
    ...(scopedApiAuthority === undefined ? {} : { scopedApiAuthority }),
    ...(scopedApi === undefined ? {} : { scopedApi }),
    nodePlugin: { daemonSets: read.list(sources.CNI_DAEMON_SETS), ...(otherBinding === undefined ? {} : { otherBinding }) },
    kialis: read.list(sources.KIALIS, namespace),
    profiles: profilesIn(read, facts.operatorNamespace),
    facts: {
      ...facts,
      exposeRoute: exposeRoutePeer(read, facts.exposeRoute),
      servesRoutes: read.isServed(sources.ROUTES),
      servesKiali: read.isServed(sources.KIALIS),
      servesNetworkAttachments: read.isServed(sources.CNI_ATTACHMENTS),
      servesIstio: read.isServed(sources.MANAGED_PEER_AUTHENTICATIONS) && read.isServed(sources.MANAGED_TELEMETRIES),
    },
  };
}
