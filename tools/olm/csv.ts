import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crdNameOf } from '../../src/k8s/resource.ts';
import type { Source } from '../../src/runtime/controller.ts';
import { CRD_DEFINITIONS, type CrdDefinition, type CrdVersion } from '../gen/crd-definitions.ts';
import { OPERATOR_ARCHITECTURES } from '../../src/domain/images.ts';
import { deploymentSpec } from '../gen/deploy.ts';
import { clusterRules, OWN_NAMESPACE_RULES } from '../gen/rbac.ts';
import { specDescriptors, statusDescriptors } from './descriptors.ts';
import { almExamples } from './examples.ts';
import { csvName, MIN_KUBERNETES, NAME, NAMESPACE, OPERATOR_VERSION } from './identity.ts';
import { operatorImage, relatedImages } from './images.ts';
import { MAINTAINERS, RELEASES, REPOSITORY, SUPPORT, type Release } from './publication.ts';
import { webhookDefinitions } from './webhooks.ts';

const DISPLAY_NAME = 'Tenant Mesh Operator';
const SUMMARY = 'Many isolated service meshes on one cluster: OpenShift Service Mesh YAML on unmodified upstream Istio.';

/** What people see instead of the kind. */
const SHOWN_KINDS: Readonly<Record<string, string>> = {
  ServiceMeshControlPlane: 'Service Mesh Control Plane', ServiceMeshMemberRoll: 'Service Mesh Member Roll', ServiceMeshMember: 'Service Mesh Member',
};

/** What an object of a kind brings with it; the console lists them below it. */
const RESOURCES: Readonly<Record<string, readonly (readonly [kind: string, version: string])[]>> = {
  ServiceMeshControlPlane: [
    ['Deployment', 'apps/v1'], ['Pod', 'v1'], ['Service', 'v1'], ['ConfigMap', 'v1'], ['Secret', 'v1'], ['ServiceAccount', 'v1'],
    ['NetworkPolicy', 'networking.k8s.io/v1'], ['RoleBinding', 'rbac.authorization.k8s.io/v1'], ['Route', 'route.openshift.io/v1'],
  ],
  ServiceMeshMemberRoll: [['Namespace', 'v1'], ['RoleBinding', 'rbac.authorization.k8s.io/v1'], ['NetworkPolicy', 'networking.k8s.io/v1']],
  ServiceMeshMember: [['ServiceMeshMemberRoll', 'maistra.io/v1']],
};

/** `features.operators.openshift.io/*`: all seven that are asked for, and `cni`. Each is tested, or false. */
const FEATURES: Readonly<Record<string, boolean>> = {
  'disconnected': true, 'fips-compliant': false, 'proxy-aware': true, 'tls-profiles': false,
  'token-auth-aws': false, 'token-auth-azure': false, 'token-auth-gcp': false, 'cni': true,
};

function ownedVersion({ type }: CrdDefinition, version: CrdVersion): object {
  return {
    name: crdNameOf(type), kind: type.kind, version: version.name,
    displayName: SHOWN_KINDS[type.kind] ?? type.kind,
    description: version.description,
    resources: (RESOURCES[type.kind] ?? []).map(([kind, apiVersion]) => ({ kind, name: '', version: apiVersion })),
    specDescriptors: specDescriptors(version.spec),
    statusDescriptors: statusDescriptors(version.status),
  };
}

function annotationsOf({ createdAt }: Release): Readonly<Record<string, string>> {
  return {
    'alm-examples': JSON.stringify(almExamples(), undefined, 2),
    // Conversion, waves and status are tested; backups and tuning by itself are not claimed.
    'capabilities': 'Seamless Upgrades',
    'categories': 'Networking, Security',
    'containerImage': operatorImage(OPERATOR_VERSION),
    createdAt,
    'description': SUMMARY,
    ...Object.fromEntries(Object.entries(FEATURES).map(([name, value]) => [`features.operators.openshift.io/${name}`, String(value)])),
    'operatorframework.io/suggested-namespace': NAMESPACE,
    'repository': REPOSITORY,
    'support': SUPPORT,
  };
}

/** The upgrade edge: the release before, whatever the channel, and the faulty ones in between. */
function upgradeFrom(version: string): { readonly replaces?: string; readonly skips?: readonly string[] } {
  const at = RELEASES.findIndex((release) => release.version === version);
  const [before, release] = [RELEASES[at - 1], RELEASES[at]];
  return {
    ...(before === undefined ? {} : { replaces: csvName(before.version) }),
    ...(release?.skips === undefined ? {} : { skips: release.skips.map(csvName) }),
  };
}

/** The release that is packaged. Throws when publication.ts does not know the version of package.json. */
export function currentRelease(): Release {
  const release = RELEASES.at(-1);
  if (release?.version !== OPERATOR_VERSION) throw new Error(`tools/olm/publication.ts: the last release is ${release?.version}, but package.json says ${OPERATOR_VERSION}; add a row for it`);
  return release;
}

/** Labels that say where the image runs. */
export const PLATFORM_LABELS: Readonly<Record<string, string>> = Object.fromEntries(
  [...OPERATOR_ARCHITECTURES.map((name) => `operatorframework.io/arch.${name}`), 'operatorframework.io/os.linux'].map((name) => [name, 'supported']));

const asset = (name: string): Buffer => readFileSync(join(import.meta.dirname, name));

/** The ClusterServiceVersion. In: every cache of the process, from which its rights follow. */
export function clusterServiceVersion(sources: readonly Source[]): object {
  const release = currentRelease();
  return {
    apiVersion: 'operators.coreos.com/v1alpha1',
    kind: 'ClusterServiceVersion',
    metadata: { name: csvName(release.version), namespace: 'placeholder', annotations: annotationsOf(release), labels: PLATFORM_LABELS },
    spec: {
      displayName: DISPLAY_NAME,
      description: asset('description.md').toString('utf8'),
      version: release.version,
      ...upgradeFrom(release.version),
      maturity: 'alpha',
      minKubeVersion: MIN_KUBERNETES,
      provider: { name: 'tenant-mesh-operator' },
      maintainers: MAINTAINERS,
      keywords: ['istio', 'service mesh', 'maistra', 'openshift service mesh', 'multi-tenancy', 'envoy', 'gateway'],
      links: [{ name: 'Source', url: REPOSITORY }, { name: 'Support', url: SUPPORT }],
      icon: [{ base64data: asset('icon.svg').toString('base64'), mediatype: 'image/svg+xml' }],
      // v1 and v2 of a control plane are converted by a webhook, which the whole cluster shares.
      installModes: ['OwnNamespace', 'SingleNamespace', 'MultiNamespace', 'AllNamespaces'].map((type) => ({ type, supported: type === 'AllNamespaces' })),
      customresourcedefinitions: { owned: CRD_DEFINITIONS.flatMap((definition) => definition.versions.map((version) => ownedVersion(definition, version))) },
      relatedImages: [{ name: 'operator', image: operatorImage(release.version) }, ...relatedImages().map(({ name, reference }) => ({ name, image: reference }))],
      install: {
        strategy: 'deployment',
        spec: {
          clusterPermissions: [{ serviceAccountName: NAME, rules: clusterRules(sources) }],
          permissions: [{ serviceAccountName: NAME, rules: OWN_NAMESPACE_RULES }],
          deployments: [{ name: NAME, label: { 'app.kubernetes.io/name': NAME, 'app.kubernetes.io/part-of': NAME }, spec: deploymentSpec('olm') }],
        },
      },
      webhookdefinitions: webhookDefinitions(),
    },
  };
}
