import { sortedBy } from '../../src/lib/sort.ts';
import { CRD_DEFINITIONS } from '../gen/crd-definitions.ts';
import type { Source } from '../../src/runtime/controller.ts';
import { catalogChannels, defaultChannelOf } from './channels.ts';
import { clusterServiceVersion } from './csv.ts';
import { csvName, NAME, NAMESPACE, OPERATOR_VERSION } from './identity.ts';
import { bundleImage, operatorImage, relatedImages } from './images.ts';
import { RELEASES } from './publication.ts';
import { yamlFile } from './yaml-file.ts';

/*
 * The file-based catalog, as `opm alpha render-template semver` makes it from the template beside it; a test has opm make it again and compares.
 * Made here too, so that it can be checked where no Go is.
 */

/** Fields of a ClusterServiceVersion that a catalog repeats (operator-registry, alpha/property, CSVMetadata). */
const REPEATED = ['description', 'displayName', 'installModes', 'keywords', 'links', 'maintainers', 'maturity', 'minKubeVersion', 'provider'] as const;

type Csv = Readonly<{ metadata: { readonly annotations: object; readonly labels: object }; spec: Readonly<Record<string, unknown>> }>;

function csvMetadata(csv: Csv): object {
  const repeated = Object.fromEntries(REPEATED.map((name) => [name, csv.spec[name]]));
  return { annotations: csv.metadata.annotations, apiServiceDefinitions: {}, crdDescriptions: csv.spec['customresourcedefinitions'], labels: csv.metadata.labels, ...repeated };
}

function bundleEntry(csv: Csv): object {
  const kinds = sortedBy(CRD_DEFINITIONS.flatMap(({ type, versions }) => versions.map((version) => ({ group: type.group, kind: type.kind, version: version.name }))), ({ kind, version }) => `${kind} ${version}`);
  return {
    schema: 'olm.bundle', name: csvName(OPERATOR_VERSION), package: NAME, image: bundleImage(OPERATOR_VERSION),
    properties: [
      ...kinds.map((value) => ({ type: 'olm.gvk', value })),
      { type: 'olm.package', value: { packageName: NAME, version: OPERATOR_VERSION } },
      { type: 'olm.csv.metadata', value: csvMetadata(csv) },
    ],
    relatedImages: sortedBy([
      { name: '', image: bundleImage(OPERATOR_VERSION) },
      { name: 'operator', image: operatorImage(OPERATOR_VERSION) },
      ...relatedImages().map(({ name, reference }) => ({ name, image: reference })),
    ], ({ image }) => image),
  };
}

function template(): object {
  const bundlesOf = (channel: 'candidate' | 'stable'): object => ({ bundles: RELEASES.filter(({ channels }) => channels.includes(channel)).map(({ version }) => ({ image: bundleImage(version) })) });
  return { schema: 'olm.semver', generateMajorChannels: true, generateMinorChannels: false, candidate: bundlesOf('candidate'), stable: bundlesOf('stable') };
}

const CATALOG_NAMESPACE = 'olm';

/** What a person applies to try the catalog: a source of it, a place, and the wish to have the operator. */
function trialObjects(): readonly object[] {
  return [
    { apiVersion: 'operators.coreos.com/v1alpha1', kind: 'CatalogSource', metadata: { name: `${NAME}-catalog`, namespace: CATALOG_NAMESPACE },
      spec: { sourceType: 'grpc', image: bundleImage(OPERATOR_VERSION).replace('-bundle', '-catalog'), displayName: 'Tenant Mesh Operator', grpcPodConfig: { securityContextConfig: 'restricted' } } },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    // Without target namespaces: all of them.
    { apiVersion: 'operators.coreos.com/v1', kind: 'OperatorGroup', metadata: { name: NAME, namespace: NAMESPACE }, spec: {} },
    { apiVersion: 'operators.coreos.com/v1alpha1', kind: 'Subscription', metadata: { name: NAME, namespace: NAMESPACE },
      spec: { channel: defaultChannelOf(OPERATOR_VERSION), name: NAME, source: `${NAME}-catalog`, sourceNamespace: CATALOG_NAMESPACE } },
  ];
}

/** File → text of the catalog, its template, and the objects for trying it. In: every cache of the process. */
export function catalogFiles(sources: readonly Source[]): ReadonlyMap<string, string> {
  const csv = clusterServiceVersion(sources) as Csv;
  const [icon] = csv.spec['icon'] as readonly object[];
  const about = { schema: 'olm.package', name: NAME, defaultChannel: defaultChannelOf(OPERATOR_VERSION), description: csv.spec['description'], icon };
  const channels = catalogChannels().map((channel) => ({ schema: 'olm.channel', package: NAME, ...channel }));
  return new Map([
    ['olm/semver-template.yaml', yamlFile('From this and the bundle images opm makes the catalog: opm alpha render-template semver.', template())],
    [`olm/catalog/${NAME}/catalog.yaml`, yamlFile('The file-based catalog.', about, ...channels, bundleEntry(csv))],
    ['olm/try.yaml', yamlFile('For trying the catalog: kubectl apply -f olm/try.yaml', ...trialObjects())],
  ]);
}
