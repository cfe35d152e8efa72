import { join } from 'node:path';
import type { CertificateFiles } from './certificates.ts';
import { tokenFile } from './users.ts';

/** Loopback ports of one cluster. */
export interface Ports {
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly apiServer: number;
  readonly controllerManager: number;
}

const LOOPBACK = '127.0.0.1';

/** Service addresses; 10.96.0.1 is in the serving certificate. */
export const SERVICE_RANGE = '10.96.0.0/16';

/** etcd for a cluster that lives for minutes: nothing is flushed to disk. A kill loses nothing, only a power cut might. */
export function etcdArguments(dir: string, ports: Ports): readonly string[] {
  const client = `http://${LOOPBACK}:${ports.etcd}`;
  const peer = `http://${LOOPBACK}:${ports.etcdPeer}`;
  return [
    '--name=local', `--data-dir=${join(dir, 'etcd')}`,
    `--listen-client-urls=${client}`, `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`, `--initial-cluster=local=${peer}`,
    '--unsafe-no-fsync', '--log-level=warn', '--quota-backend-bytes=2147483648',
  ];
}

/** kube-apiserver with RBAC, users from a token file. An audit log is an addition: audit.ts. */
export function apiServerArguments(dir: string, ports: Ports, files: CertificateFiles): readonly string[] {
  return [
    `--etcd-servers=http://${LOOPBACK}:${ports.etcd}`,
    `--bind-address=${LOOPBACK}`, `--advertise-address=${LOOPBACK}`, `--secure-port=${ports.apiServer}`,
    `--tls-cert-file=${files.serverFile}`, `--tls-private-key-file=${files.serverKeyFile}`,
    `--client-ca-file=${files.caFile}`, `--token-auth-file=${tokenFile(dir)}`,
    `--service-cluster-ip-range=${SERVICE_RANGE}`, '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${files.serviceAccountKeyFile}`, `--service-account-signing-key-file=${files.serviceAccountKeyFile}`,
    '--authorization-mode=RBAC', '--allow-privileged=true',
    // Nodes get their not-ready taint from this plug-in, and lose it to a controller that we do not run.
    '--disable-admission-plugins=TaintNodesByCondition',
    // Endpoints may not hold a loopback address: without this the server complains every ten seconds.
    '--endpoint-reconciler-type=none',
    // Priority and fairness would give our one busy client a few of 600 seats, and the benchmarks would measure the queue in front of
    // the server. The plain limits that remain are set out of reach (defaults 400 and 200).
    '--enable-priority-and-fairness=false', '--max-requests-inflight=3000', '--max-mutating-requests-inflight=1000',
    // A namespace goes when its collections are empty: one by one would be slow for big ones.
    '--delete-collection-workers=10',
  ];
}

/*
 * The controllers that a mesh operator's objects meet. Nodes are left alone: they have no kubelet that renews a lease, and the
 * node life-cycle controller would evict their pods after 40 s.
 */
const CONTROLLERS = [
  'namespace-controller', 'garbage-collector-controller', 'serviceaccount-controller', 'serviceaccount-token-controller',
  'root-ca-certificate-publisher-controller', 'clusterrole-aggregation-controller', 'deployment-controller', 'replicaset-controller',
  'statefulset-controller', 'daemonset-controller', 'job-controller', 'cronjob-controller', 'endpoints-controller',
  'endpointslice-controller', 'endpointslice-mirroring-controller', 'resourcequota-controller', 'disruption-controller',
  'horizontal-pod-autoscaler-controller', 'ttl-after-finished-controller',
];

/** kube-controller-manager; `kubeconfig` is the administrator's. */
export function controllerManagerArguments(kubeconfig: string, ports: Ports, files: CertificateFiles): readonly string[] {
  return [
    `--kubeconfig=${kubeconfig}`, `--authentication-kubeconfig=${kubeconfig}`, `--authorization-kubeconfig=${kubeconfig}`,
    '--use-service-account-credentials=false', `--service-account-private-key-file=${files.serviceAccountKeyFile}`,
    `--root-ca-file=${files.caFile}`, `--bind-address=${LOOPBACK}`, `--secure-port=${ports.controllerManager}`,
    '--leader-elect=false', '--profiling=false', `--controllers=${CONTROLLERS.join(',')}`,
    // Its default of 20 requests a second would make 500 namespaces take minutes to get their root certificate, or to go.
    '--kube-api-qps=1000', '--kube-api-burst=2000', '--concurrent-namespace-syncs=20', '--concurrent-serviceaccount-token-syncs=10',
  ];
}
