import { join } from 'node:path';
import { NODE_POD_RANGE } from './addresses.ts';

/** In the node's own /run. */
export const CONTAINERD_SOCKET = '/run/containerd/containerd.sock';

/** Where containerd finds and keeps its things. */
export interface ContainerdFolders {
  /** Images and snapshots; survives a restart of the cluster. */
  readonly root: string;
  readonly cniConfig: string;
  readonly cniPlugins: string;
  readonly runc: string;
}

/** Name of the image that holds a pod's namespaces open. */
export const PAUSE_IMAGE = 'local/pause:1';

/**
 * containerd's configuration (version 2 of its format, containerd 1.6).
 * `restrict_oom_score_adj`: a node inside a container or a small virtual machine often lacks CAP_SYS_RESOURCE.
 */
export function containerdConfig({ root, cniConfig, cniPlugins, runc }: ContainerdFolders): string {
  return `version = 2
root = ${JSON.stringify(root)}
state = "/run/containerd"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper"]

[grpc]
  address = "${CONTAINERD_SOCKET}"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE_IMAGE}"
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${JSON.stringify(cniPlugins)}
    conf_dir = ${JSON.stringify(cniConfig)}

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        BinaryName = ${JSON.stringify(runc)}
        SystemdCgroup = false
`;
}

/** File name and content of the pod network: a bridge and host ports. What it has given out is forgotten with /run, like after a reboot. */
export const CNI_FILE = '10-bridge.conflist';

export function cniConfig(): string {
  return `${JSON.stringify({
    cniVersion: '0.4.0',
    name: 'pods',
    plugins: [
      {
        type: 'bridge', bridge: 'br-pods', isGateway: true, ipMasq: true, hairpinMode: true,
        ipam: { type: 'host-local', dataDir: '/run/cni-addresses', ranges: [[{ subnet: NODE_POD_RANGE }]], routes: [{ dst: '0.0.0.0/0' }] },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  }, undefined, 2)}\n`;
}

/** Images and snapshots of a cluster. */
export function containerdRoot(dir: string): string {
  return join(dir, 'containerd');
}

/** Folders of containerd inside a cluster's folder. */
export function containerdFolders(dir: string, packages: { readonly cni: string; readonly runc: string }): ContainerdFolders {
  return {
    root: containerdRoot(dir), cniConfig: join(dir, 'cni'),
    cniPlugins: join(packages.cni, 'usr/lib/cni'), runc: join(packages.runc, 'usr/sbin/runc'),
  };
}
