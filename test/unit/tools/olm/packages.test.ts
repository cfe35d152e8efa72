import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { ALL_SOURCES } from '../../../../src/cli/controllers.ts';
import { controlPlaneSpecSchema, parseControlPlane } from '../../../../src/api/maistra-v2/control-plane.ts';
import { normalizeControlPlane } from '../../../../src/domain/conversion/control-plane.ts';
import { OPERATOR_ARCHITECTURES } from '../../../../src/domain/images.ts';
import { WRITES } from '../../../../src/controllers/permissions.ts';
import { isJsonObject, valueAt, type Json, type JsonObject } from '../../../../src/lib/json.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';
import { specDescriptors } from '../../../../tools/olm/descriptors.ts';
import { CERTIFICATE_FOLDER_VARIABLE, CERTIFICATE_SECRET_VARIABLE, NAMESPACE, OPERATOR_VERSION } from '../../../../tools/olm/identity.ts';
import { PACKAGE_FOLDERS, packageFiles } from '../../../../tools/olm/package-files.ts';
import { releaseFacts, releaseObstacles } from '../../../../tools/olm/release-check.ts';

/* The packages as they lie in the repository: this reads files, not what the generator has in mind. */

const root = join(import.meta.dirname, '..', '..', '..', '..');
const text = (file: string): string => readFileSync(join(root, file), 'utf8');
const documents = (content: string): JsonObject[] => parseAllDocuments(content).map((document) => document.toJS() as JsonObject);
const filesIn = (folder: string): string[] => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));

const VALUES = parse(text('deploy/chart/values.yaml')) as { image: string; replicas: number; resources: Json; relatedImages: Record<string, string> };

/** The chart's own few expressions; test/envtest/olm has Helm's engine say the same. */
function rendered(template: string): string {
  const output = template
    .replaceAll('{{ .Release.Namespace }}', NAMESPACE).replaceAll('{{ .Values.image | quote }}', JSON.stringify(VALUES.image)).replaceAll('{{ .Values.replicas }}', String(VALUES.replicas))
    .replaceAll(/\{\{ index \.Values\.relatedImages "([^"]+)" \| quote \}\}/g, (_, name: string) => JSON.stringify(VALUES.relatedImages[name]))
    .replaceAll(/ *\{\{- with \.Values\.env \}\}\n.*\n *\{\{- end \}\}\n/g, '').replaceAll(/\{\{- toYaml \.Values\.resources \| nindent \d+ \}\}/g, JSON.stringify(VALUES.resources));
  assert.ok(!output.includes('{{'), output);
  return output;
}

const manifests = filesIn('bundle/manifests').flatMap((file) => documents(text(file)));
const csv = manifests.find(({ kind }) => kind === 'ClusterServiceVersion') ?? assert.fail('no ClusterServiceVersion');
const plain = documents(text('deploy/install.yaml'));
const chart = [...filesIn('deploy/chart/crds'), ...filesIn('deploy/chart/templates')].flatMap((file) => documents(rendered(text(file))));

const list = (value: unknown, ...path: readonly string[]): readonly JsonObject[] => {
  const found = valueAt(value, ...path);
  assert.ok(Array.isArray(found), path.join('.'));
  return found.filter((item) => isJsonObject(item));
};
const named = (objects: readonly JsonObject[], kind: string): Record<string, JsonObject> =>
  Object.fromEntries(objects.filter((object) => object['kind'] === kind).map((object) => [String(valueAt(object, 'metadata', 'name')), object]));

test('the packages in the repository are what the source gives, twice the same, and nothing else lies beside them', () => {
  const [first, second] = [packageFiles(ALL_SOURCES), packageFiles(ALL_SOURCES)];
  assert.deepEqual([...first], [...second]);
  assert.deepEqual([...first].filter(([file, content]) => text(file) !== content).map(([file]) => file), []);
  assert.deepEqual(PACKAGE_FOLDERS.flatMap(filesIn).filter((file) => !first.has(file)), []);
});

test('plain YAML and the chart hold the same objects', () => {
  const key = (object: JsonObject): string => `${String(object['kind'])} ${String(valueAt(object, 'metadata', 'name'))}`;
  const sorted = (objects: readonly JsonObject[]): JsonObject[] => objects.filter(({ kind }) => kind !== 'Namespace').toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
  assert.deepEqual(sorted(chart), sorted(plain));
  assert.ok(plain.length > 15, `${plain.length} objects were compared`);
});

test('the bundle has the CRDs of plain YAML, and no conversion in them: OLM would call a webhook that is not there yet', () => {
  const ours = named(manifests, 'CustomResourceDefinition');
  assert.deepEqual(ours, named(plain, 'CustomResourceDefinition'));
  assert.equal(Object.keys(ours).length, 3);
  assert.ok(Object.values(ours).every((crd) => valueAt(crd, 'spec', 'conversion') === undefined));
  const owned = list(csv, 'spec', 'customresourcedefinitions', 'owned').map(({ name, version }) => `${String(name)} ${String(version)}`);
  assert.deepEqual(owned.toSorted(), Object.entries(ours).flatMap(([name, crd]) => list(crd, 'spec', 'versions').map((version) => `${name} ${String(version['name'])}`)).toSorted());
});

test('the bundle gives the rights of plain YAML, but for the one that OLM uses instead', () => {
  const roles = named(plain, 'ClusterRole');
  const [cluster] = list(csv, 'spec', 'install', 'spec', 'clusterPermissions');
  const [own] = list(csv, 'spec', 'install', 'spec', 'permissions');
  assert.deepEqual(cluster?.['rules'], roles['tenant-mesh-operator']?.['rules']);
  assert.deepEqual(own?.['rules'], Object.values(named(plain, 'Role'))[0]?.['rules']);
  const definitions = (objects: readonly JsonObject[]): readonly JsonObject[] => list(named(objects, 'ClusterRole')['tenant-mesh-operator-definitions'], 'rules');
  assert.deepEqual(definitions(plain).filter((rule) => !JSON.stringify(rule).includes('maistra.io')), definitions(manifests));
  assert.equal(definitions(plain).length, definitions(manifests).length + 1);
  for (const name of ['tmesh-view', 'tmesh-edit', 'tmesh-admin']) assert.deepEqual(named(manifests, 'ClusterRole')[name], roles[name]);
});

test('the Deployment is the same everywhere, but that OLM gives it certificates', () => {
  const [deployed] = list(csv, 'spec', 'install', 'spec', 'deployments');
  const expected = Object.values(named(plain, 'Deployment'))[0];
  const [container] = list(deployed, 'spec', 'template', 'spec', 'containers');
  const variables = list(container, 'env');
  const given = [CERTIFICATE_FOLDER_VARIABLE, CERTIFICATE_SECRET_VARIABLE];
  assert.deepEqual(variables.filter(({ name }) => given.includes(String(name))), [
    { name: 'WEBHOOK_CERT_DIR', value: '/tmp/k8s-webhook-server/serving-certs' }, { name: 'WEBHOOK_CERT_SECRET', value: `${String(deployed?.['name'])}-service-cert` },
  ]);
  const without = { ...container, env: variables.filter(({ name }) => !given.includes(String(name))) };
  assert.deepEqual(without, list(expected, 'spec', 'template', 'spec', 'containers')[0]);
  assert.deepEqual(valueAt(deployed, 'spec', 'template', 'metadata'), valueAt(expected, 'spec', 'template', 'metadata'));
  assert.deepEqual(valueAt(deployed, 'spec', 'selector'), valueAt(expected, 'spec', 'selector'));
});

test('the webhooks are the same everywhere', () => {
  const registered = list(Object.values(named(plain, 'ValidatingWebhookConfiguration'))[0], 'webhooks');
  const defined = list(csv, 'spec', 'webhookdefinitions');
  const shown = (webhook: JsonObject, name: string, path: unknown): object => ({ name: webhook[name], path, rules: webhook['rules'], failurePolicy: webhook['failurePolicy'], sideEffects: webhook['sideEffects'], timeoutSeconds: webhook['timeoutSeconds'] });
  assert.deepEqual(
    defined.filter(({ type }) => type === 'ValidatingAdmissionWebhook').map((webhook) => shown(webhook, 'generateName', webhook['webhookPath'])),
    registered.map((webhook) => shown(webhook, 'name', valueAt(webhook, 'clientConfig', 'service', 'path'))));
  assert.ok(registered.every((webhook) => valueAt(webhook, 'clientConfig', 'caBundle') === undefined), 'certificates are added by the operator');
  const ports = list(list(csv, 'spec', 'install', 'spec', 'deployments')[0], 'spec', 'template', 'spec', 'containers').flatMap((container) => list(container, 'ports')).map(({ containerPort }) => containerPort);
  assert.ok(defined.every(({ targetPort }) => ports.includes(targetPort)));
  assert.deepEqual(defined.filter(({ type }) => type === 'ConversionWebhook').map(({ conversionCRDs }) => conversionCRDs), [['servicemeshcontrolplanes.maistra.io']]);
});

test('a bundle with a conversion is for all namespaces only, and holds none of what a catalog refuses', () => {
  const modes = list(csv, 'spec', 'installModes').filter(({ supported }) => supported === true).map(({ type }) => type);
  assert.deepEqual(modes, ['AllNamespaces']);
  const kinds = new Set(manifests.map(({ kind }) => kind));
  for (const kind of ['NetworkPolicy', 'ServiceAccount', 'Namespace', 'Deployment', 'ValidatingWebhookConfiguration']) assert.ok(!kinds.has(kind), kind);
  const rules = JSON.stringify([valueAt(csv, 'spec', 'install'), named(manifests, 'ClusterRole'), named(plain, 'ClusterRole')]);
  assert.ok(!rules.includes('"*"'), 'no wildcard');
  assert.ok(!rules.includes('cluster-admin'));
});

test('every kind and version has an example that the operator accepts, and the walk is one of them', () => {
  const examples = JSON.parse(String(valueAt(csv, 'metadata', 'annotations', 'alm-examples'))) as readonly JsonObject[];
  const versions = examples.map(({ apiVersion, kind }) => `${String(kind)} ${String(apiVersion)}`);
  assert.deepEqual(versions, ['ServiceMeshControlPlane maistra.io/v1', 'ServiceMeshControlPlane maistra.io/v2', 'ServiceMeshMemberRoll maistra.io/v1', 'ServiceMeshMember maistra.io/v1']);
  const [walk, second] = examples as unknown as readonly KubeObject[];
  assert.ok(walk !== undefined && second !== undefined && [walk, second].every((example) => parseControlPlane(normalizeControlPlane(example)).ok));
  assert.deepEqual(walk['spec'], (parse(text('test/samples/01-istio-installation.yaml')) as JsonObject)['spec']);
});

test('descriptors name fields that are there, with a control that fits', () => {
  const descriptors = specDescriptors(controlPlaneSpecSchema);
  const of = (path: string): readonly string[] => descriptors.find((descriptor) => descriptor.path === path)?.['x-descriptors'] ?? assert.fail(path);
  assert.ok(of('addons.kiali.enabled').includes('urn:alm:descriptor:com.tectonic.ui:booleanSwitch'));
  assert.ok(of('mode').includes('urn:alm:descriptor:com.tectonic.ui:select:ClusterWide'));
  assert.ok(descriptors.length > 40 && new Set(descriptors.map(({ path }) => path)).size === descriptors.length);
  assert.deepEqual(descriptors.filter(({ description }) => description === undefined).map(({ path }) => path), []);
});

test('descriptors are spelt as people write them', () => {
  const shown = new Map(specDescriptors(controlPlaneSpecSchema).map(({ path, displayName }) => [path, displayName]));
  assert.deepEqual(['security.dataPlane.mtls', 'security.dataPlane.automtls', 'general.logging.logAsJSON', 'security.jwksResolverCA'].map((path) => shown.get(path)), ['Data plane: mTLS', 'Data plane: Auto mTLS', 'Logging: Log as JSON', 'Security: JWKS resolver CA']);
});

const annotations = valueAt(csv, 'metadata', 'annotations') as Readonly<Record<string, string>>;

test('the description says in order what is managed, what it can do, what it needs, how it goes, and where to ask', () => {
  const headings = [...String(valueAt(csv, 'spec', 'description')).matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
  assert.deepEqual(headings, ['What is managed', 'Features', 'Prerequisites', 'Upgrades and removal', 'Support']);
  assert.match(String(valueAt(csv, 'spec', 'description')), /Not beside OpenShift Service Mesh 2/);
});

test('all features that a catalog asks about are answered, and nothing is claimed that is not so', () => {
  const features = Object.fromEntries(Object.entries(annotations).filter(([name]) => name.startsWith('features.operators.openshift.io/')).map(([name, value]) => [name.split('/')[1], value]));
  // disconnected: `every image …` below; proxy-aware: test/unit/runtime/proxy-choice.test.ts; cni: npm run e2e-cni. TLS profiles and cloud tokens are not read, and Node's own OpenSSL is no FIPS module.
  const yes = ['disconnected', 'proxy-aware', 'cni'];
  const no = ['fips-compliant', 'tls-profiles', 'token-auth-aws', 'token-auth-azure', 'token-auth-gcp'];
  assert.deepEqual(features, Object.fromEntries([...yes.map((name) => [name, 'true']), ...no.map((name) => [name, 'false'])]));
  assert.equal(Object.keys(annotations).some((name) => name.includes('infrastructure-features')), false, 'the old form');
  assert.equal(annotations['capabilities'], 'Seamless Upgrades');
  assert.match(annotations['createdAt'] ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.equal(annotations['operatorframework.io/suggested-namespace'], NAMESPACE);
});

test('nothing is required but Kubernetes, on the architectures that are built', () => {
  assert.equal(valueAt(csv, 'spec', 'customresourcedefinitions', 'required'), undefined);
  const [deployed] = list(csv, 'spec', 'install', 'spec', 'deployments');
  const terms = JSON.stringify(valueAt(deployed, 'spec', 'template', 'spec', 'affinity'));
  const labels = Object.keys(valueAt(csv, 'metadata', 'labels') as object).filter((name) => name.startsWith('operatorframework.io/arch.')).map((name) => name.split('.').at(-1));
  assert.deepEqual(labels, OPERATOR_ARCHITECTURES);
  assert.ok(terms.includes(JSON.stringify(OPERATOR_ARCHITECTURES)));
});

test('the pod asks for what it needs, and may do nothing on its node', () => {
  const pod = valueAt(list(csv, 'spec', 'install', 'spec', 'deployments')[0], 'spec', 'template', 'spec');
  for (const container of list(pod, 'containers')) {
    assert.deepEqual(Object.keys(valueAt(container, 'resources', 'requests') as object), ['cpu', 'memory']);
    assert.deepEqual(container['securityContext'], { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
  }
  assert.deepEqual(valueAt(pod, 'securityContext'), { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
});

test('the version stands in one place', () => {
  const { version } = JSON.parse(text('package.json')) as { version: string };
  assert.equal(OPERATOR_VERSION, version);
  assert.equal(valueAt(csv, 'spec', 'version'), version);
  assert.equal(valueAt(csv, 'metadata', 'name'), `tenant-mesh-operator.v${version}`);
  const { version: chartVersion, appVersion } = parse(text('deploy/chart/Chart.yaml')) as Record<string, string>;
  assert.deepEqual([chartVersion, appVersion], [version, version]);
});

test('every image that the operator runs is related, and has a variable that replaces it', () => {
  const related = new Set(list(csv, 'spec', 'relatedImages').map(({ image }) => image));
  const containers = list(list(csv, 'spec', 'install', 'spec', 'deployments')[0], 'spec', 'template', 'spec', 'containers');
  const used = containers.flatMap((container) => [container['image'], ...list(container, 'env').filter(({ name }) => String(name).startsWith('RELATED_IMAGE_')).map(({ value }) => value)]);
  assert.deepEqual(new Set(used), related);
  assert.ok(related.size >= 15);
});

test('a release is refused until each image has its digest, and says so image by image', () => {
  const digest = `@sha256:${'0'.repeat(64)}`;
  assert.deepEqual(releaseObstacles({ registry: 'registry.test/mesh', images: [{ name: 'operator', reference: `registry.test/mesh/o${digest}` }], addresses: { REPOSITORY: 'https://git.test/x' } }), []);
  const obstacles = releaseObstacles({ registry: '', images: [{ name: 'pilot', reference: 'registry.test/pilot:1' }], addresses: { SUPPORT: 'https://x.example/y' } });
  assert.equal(obstacles.length, 3);
  assert.match(obstacles.join('\n'), /IMAGE_REGISTRY[^]*image pilot: registry\.test\/pilot:1 is a tag[^]*SUPPORT/);
  const open = releaseObstacles(releaseFacts());
  assert.equal(open.filter((sentence) => sentence.startsWith('image ')).length, list(csv, 'spec', 'relatedImages').length + 1, 'no digest is known yet; the bundle itself counts as well');
});

test('the rights to write CRDs are limited to names', () => {
  const rows = WRITES.filter(({ types }) => types.some(({ kind }) => kind === 'CustomResourceDefinition'));
  assert.ok(rows.length === 2 && rows.every(({ names, role }) => (names?.length ?? 0) > 0 && role === 'definitions'));
});
