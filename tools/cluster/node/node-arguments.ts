import { join } from 'node:path';
import type { CertificateFiles } from '../certificates.ts';
import { CLUSTER_DOMAIN, DNS_ADDRESS, NODE_ADDRESS, NODE_NAME, POD_RANGE } from './addresses.ts';
import { CONTAINERD_SOCKET } from './containerd-config.ts';

/*
 * What a real node changes in the arguments of control-plane.ts: Kubernetes' programs take the last value of a flag, and add up lists.
 */

/** Added to the API server's: pods reach it at the node's address, and it reaches the kubelet there. */
export function apiServerAdditions(files: CertificateFiles): readonly string[] {
  return [
    '--bind-address=0.0.0.0', `--advertise-address=${NODE_ADDRESS}`, '--endpoint-reconciler-type=lease', '--authorization-mode=Node',
    // Names of nodes are in no DNS.
    '--kubelet-preferred-address-types=InternalIP',
    `--kubelet-client-certificate=${files.serverFile}`, `--kubelet-client-key=${files.serverKeyFile}`,
  ];
}

/** Added to the controller manager's: all controllers, as there is a kubelet that renews its lease. */
export function controllerManagerAdditions(): readonly string[] {
  return ['--controllers=*', '--allocate-node-cidrs=true', `--cluster-cidr=${POD_RANGE}`];
}

export function schedulerArguments(kubeconfig: string): readonly string[] {
  return [`--kubeconfig=${kubeconfig}`, `--authentication-kubeconfig=${kubeconfig}`, `--authorization-kubeconfig=${kubeconfig}`, '--leader-elect=false', '--bind-address=127.0.0.1'];
}

/**
 * KubeletConfiguration. It manages no cgroups of its own and is content with any kernel; only the API server's certificate may use its API.
 * Images are never collected as garbage: nothing could bring them back.
 */
export function kubeletConfig(dir: string, files: CertificateFiles): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration',
    authentication: { anonymous: { enabled: false }, webhook: { enabled: false }, x509: { clientCAFile: files.caFile } },
    authorization: { mode: 'AlwaysAllow' },
    cgroupDriver: 'cgroupfs', cgroupsPerQOS: false, enforceNodeAllocatable: [], failCgroupV1: false, failSwapOn: false, oomScoreAdj: 0,
    clusterDNS: [DNS_ADDRESS], clusterDomain: CLUSTER_DOMAIN, resolvConf: join(dir, 'resolv.conf'),
    containerRuntimeEndpoint: `unix://${CONTAINERD_SOCKET}`,
    // A pod that goes while its kubelet looks at it once more is taken for one to be resized; without cgroups of pods that ends the kubelet
    // (1.34.4, kuberuntime_manager.go, doPodResizeAction: a limit that is not there is followed), and its successor calls every pod unready.
    featureGates: { InPlacePodVerticalScaling: false },
    evictionHard: { 'nodefs.available': '1%', 'imagefs.available': '1%', 'memory.available': '100Mi' },
    imageGCHighThresholdPercent: 100, imageGCLowThresholdPercent: 99,
    // The defaults (5 and 10) would make a busy start a matter of minutes.
    kubeAPIQPS: 100, kubeAPIBurst: 200, serializeImagePulls: false,
    podLogsDir: join(dir, 'pod-logs'), volumePluginDir: join(dir, 'volume-plugins'),
    // Seconds matter more than load: ConfigMaps and Secrets reach pods after this.
    syncFrequency: '10s',
  };
}

export function kubeletArguments(dir: string, kubeconfig: string): readonly string[] {
  return [
    `--config=${join(dir, 'kubelet.json')}`, `--kubeconfig=${kubeconfig}`, `--root-dir=${join(dir, 'kubelet')}`, `--cert-dir=${join(dir, 'kubelet-pki')}`,
    `--node-ip=${NODE_ADDRESS}`, `--hostname-override=${NODE_NAME}`,
  ];
}

/** kube-proxy leaves conntrack's sysctls alone: they belong to the machine. */
export function kubeProxyArguments(kubeconfig: string): readonly string[] {
  return [
    `--kubeconfig=${kubeconfig}`, '--proxy-mode=iptables', `--hostname-override=${NODE_NAME}`, `--cluster-cidr=${POD_RANGE}`,
    '--conntrack-max-per-core=0', '--conntrack-min=0', '--conntrack-tcp-timeout-established=0', '--conntrack-tcp-timeout-close-wait=0',
    '--iptables-min-sync-period=100ms', '--metrics-bind-address=127.0.0.1:10249', '--healthz-bind-address=127.0.0.1:10256',
  ];
}
