import { copyFile, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { cacheKey, cacheRoot } from './brick-cache.ts';
import { runGo } from './go-tool.ts';
import { withLock } from './lock.ts';

interface ModuleFile {
  /** Folder under go/ whose go.mod pins the module; `crds` unless told. */
  readonly pins?: 'istio' | 'olm';
  readonly module: string;
  readonly path: string;
}

const OPENSHIFT = 'github.com/openshift/api';
const ISTIO = { module: 'istio.io/istio', pins: 'istio' } as const;
const ISTIOD_CHART = 'manifests/charts/istio-control/istio-discovery/files';

const OLM = { module: 'github.com/operator-framework/operator-lifecycle-manager', pins: 'olm' } as const;
const OLM_CRDS = 'deploy/chart/crds/0000_50_olm_00-';

/** Files of Go modules that we use as data. The versions are pinned, and their content checksummed, by a go.mod and go.sum under go/. */
const FILES = {
  'istio-crds': { module: 'istio.io/api', path: 'kubernetes/customresourcedefinitions.gen.yaml' },
  'openshift-route-crd': { module: OPENSHIFT, path: 'route/v1/zz_generated.crd-manifests/routes.crd.yaml' },
  'openshift-network-crd': { module: OPENSHIFT, path: 'config/v1/zz_generated.crd-manifests/0000_10_config-operator_01_networks.crd.yaml' },
  'openshift-ingress-crd': { module: OPENSHIFT, path: 'config/v1/zz_generated.crd-manifests/0000_10_config-operator_01_ingresses.crd.yaml' },
  'network-attachment-crd': { module: 'github.com/k8snetworkplumbingwg/network-attachment-definition-client', path: 'artifacts/networks-crd.yaml' },
  'envoy-bootstrap': { ...ISTIO, path: 'tools/packaging/common/envoy_bootstrap.json' },
  'istio-sidecar-template': { ...ISTIO, path: `${ISTIOD_CHART}/injection-template.yaml` },
  'istio-gateway-template': { ...ISTIO, path: `${ISTIOD_CHART}/gateway-injection-template.yaml` },
  'istio-discovery-values': { ...ISTIO, path: 'manifests/charts/istio-control/istio-discovery/values.yaml' },
  'istio-chart-istiod': { ...ISTIO, path: 'manifests/charts/istio-control/istio-discovery' },
  'istio-chart-gateway': { ...ISTIO, path: 'manifests/charts/gateway' },
  'istio-jwks': { ...ISTIO, path: 'security/tools/jwt/samples/jwks.json' },
  'istio-jwt': { ...ISTIO, path: 'security/tools/jwt/samples/demo.jwt' },
  'olm-crd-catalogsources': { ...OLM, path: `${OLM_CRDS}catalogsources.crd.yaml` },
  'olm-crd-clusterserviceversions': { ...OLM, path: `${OLM_CRDS}clusterserviceversions.crd.yaml` },
  'olm-crd-installplans': { ...OLM, path: `${OLM_CRDS}installplans.crd.yaml` },
  'olm-crd-olmconfigs': { ...OLM, path: `${OLM_CRDS}olmconfigs.crd.yaml` },
  'olm-crd-operatorconditions': { ...OLM, path: `${OLM_CRDS}operatorconditions.crd.yaml` },
  'olm-crd-operatorgroups': { ...OLM, path: `${OLM_CRDS}operatorgroups.crd.yaml` },
  'olm-crd-operators': { ...OLM, path: `${OLM_CRDS}operators.crd.yaml` },
  'olm-crd-subscriptions': { ...OLM, path: `${OLM_CRDS}subscriptions.crd.yaml` },
} as const satisfies Readonly<Record<string, ModuleFile>>;

export type ModuleFileName = keyof typeof FILES;

/** OLM's own CRDs. */
export const OLM_FILES: readonly ModuleFileName[] = [
  'olm-crd-catalogsources', 'olm-crd-clusterserviceversions', 'olm-crd-installplans', 'olm-crd-olmconfigs',
  'olm-crd-operatorconditions', 'olm-crd-operatorgroups', 'olm-crd-operators', 'olm-crd-subscriptions',
];

/** The CRDs that the OpenShift flavour installs. */
export const OPENSHIFT_FILES: readonly ModuleFileName[] = [
  'openshift-route-crd', 'openshift-network-crd', 'openshift-ingress-crd', 'network-attachment-crd',
];

function pinsOf(file: ModuleFile): string {
  return join(import.meta.dirname, 'go', file.pins ?? 'crds');
}

/** The pinned version of a module, out of the text of a go.mod; undefined if it is not required there. */
export function requiredVersion(goMod: string, module: string): string | undefined {
  const line = goMod.split('\n').map((text) => text.trim().replace(/^require\s+/, '')).find((text) => text.startsWith(`${module} `));
  return line?.split(/\s+/)[1];
}

/** The line of go.sum for the content of one module; it is part of the cache key, so another module's pin does not disturb this one's. */
export function contentSum(goSum: string, module: string, version: string): string | undefined {
  return goSum.split('\n').find((line) => line.startsWith(`${module} ${version} h1:`));
}

const OTHER_WAY = `copy ${cacheRoot()} from a machine where this ran before`;

/** Copies a file, or a folder with all in it. Go's cache is read-only, and its modes stay there. */
async function copy(from: string, to: string): Promise<void> {
  if (!(await stat(from)).isDirectory()) return copyFile(from, to);
  const entries = await readdir(from, { recursive: true, withFileTypes: true });
  for (const { parentPath, name } of entries.filter((entry) => entry.isFile())) {
    const target = join(to, relative(from, parentPath), name);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(join(parentPath, name), target);
  }
}

/** `go mod download` checks the content against go.sum, and refuses what differs. */
async function fetch(name: string, file: ModuleFile, folder: string): Promise<void> {
  const { stdout } = await runGo({ name, otherWay: OTHER_WAY }, pinsOf(file), ['mod', 'download', '-json', file.module]);
  const { Dir } = JSON.parse(stdout) as { Dir: string };
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  await copy(join(Dir, file.path), join(unfinished, name));
  await rm(folder, { recursive: true, force: true });
  await rename(unfinished, folder);
}

/**
 * The absolute path of a file, or a folder, out of a pinned Go module, in the user's cache. The first call for a file fetches it and needs Go and the
 * network (or Go's own module cache); later ones need neither.
 * @throws MissingGo; an Error when the module cannot be fetched or its checksum differs
 */
export async function moduleFile(name: ModuleFileName): Promise<string> {
  const file: ModuleFile = FILES[name];
  const [goMod, goSum] = await Promise.all(['go.mod', 'go.sum'].map((pin) => readFile(join(pinsOf(file), pin), 'utf8')));
  const version = requiredVersion(goMod ?? '', file.module);
  const sum = version === undefined ? undefined : contentSum(goSum ?? '', file.module, version);
  if (version === undefined || sum === undefined) throw new Error(`go/${file.pins ?? 'crds'} does not pin ${file.module}`);
  const target = join(cacheRoot(), cacheKey(name, version, [sum, file.path]), name);
  const isThere = (): Promise<boolean> => stat(target).then(() => true, () => false);
  if (await isThere()) return target;
  await mkdir(cacheRoot(), { recursive: true });
  await withLock(`${join(target, '..')}.lock`, () => undefined, async () => {
    if (!await isThere()) await fetch(name, file, join(target, '..'));
  });
  return target;
}
