import { join } from 'node:path';
import { ensureBricks } from '../cluster/bricks.ts';
import { moduleFile } from '../cluster/module-files.ts';
import { COREDNS_IMAGE } from '../cluster/node/coredns.ts';
import { PAUSE_IMAGE } from '../cluster/node/containerd-config.ts';
import { ensurePackages } from '../cluster/node/debian-packages.ts';
import type { Image, ImageFile } from './image.ts';
import { ENVOY_LIBRARIES, iptablesFiles, libraryFiles } from './libraries.ts';
import { nodeFiles } from './operator-image.ts';

const root = join(import.meta.dirname, '..', '..');

/** Pods of Istio run as this user and group. */
const ISTIO_USER = '1337';

/** Where programs look names up: the hosts file first, then DNS. */
const NAME_SERVICE: ImageFile = { target: '/etc/nsswitch.conf', text: 'hosts: files dns\n' };
const TEMPORARY: ImageFile = { target: '/tmp', folder: true, mode: 0o1777 };

/** Holds a pod's namespaces open, and buries its orphans. */
export async function pauseImage(): Promise<Image> {
  const { catatonit } = await ensurePackages();
  return {
    reference: PAUSE_IMAGE, config: { entrypoint: ['/catatonit', '-P'], user: '65535:65535' },
    files: [{ target: '/catatonit', source: join(catatonit, 'usr/bin/catatonit'), mode: 0o755 }],
  };
}

/** The cluster's DNS. */
export async function corednsImage(): Promise<Image> {
  const { coredns } = await ensureBricks(['coredns']);
  return { reference: COREDNS_IMAGE, config: { entrypoint: ['/coredns'], user: '0:0' }, files: [{ target: '/coredns', source: coredns }, NAME_SERVICE, TEMPORARY] };
}

/** istiod, as in Istio's own image `pilot`. */
export async function pilotImage(reference: string): Promise<Image> {
  const bricks = await ensureBricks(['pilot-discovery']);
  return {
    reference, config: { entrypoint: ['/usr/local/bin/pilot-discovery'], user: `${ISTIO_USER}:${ISTIO_USER}` },
    files: [{ target: '/usr/local/bin/pilot-discovery', source: bricks['pilot-discovery'] }, NAME_SERVICE, TEMPORARY],
  };
}

/** The proxy with its agent, and the iptables that its init container runs, as in Istio's own image `proxyv2`. */
export async function proxyImage(reference: string): Promise<Image> {
  const [bricks, packages, bootstrap] = await Promise.all([ensureBricks(['pilot-agent', 'envoy']), ensurePackages(), moduleFile('envoy-bootstrap')]);
  return {
    // Pods say whom they run as, the init container that it needs root; where OpenShift would choose a user, it is this one.
    reference, config: { entrypoint: ['/usr/local/bin/pilot-agent'], user: `${ISTIO_USER}:${ISTIO_USER}` },
    files: [
      { target: '/usr/local/bin/pilot-agent', source: bricks['pilot-agent'] },
      { target: '/usr/local/bin/envoy', source: bricks.envoy },
      { target: '/var/lib/istio/envoy/envoy_bootstrap_tmpl.json', source: bootstrap, mode: 0o644 },
      { target: '/etc/istio/proxy', folder: true, mode: 0o777 },
      { target: '/etc/passwd', text: `root:x:0:0::/:/sbin/nologin\nistio-proxy:x:${ISTIO_USER}:${ISTIO_USER}::/:/sbin/nologin\n` },
      { target: '/etc/group', text: `root:x:0:\nistio-proxy:x:${ISTIO_USER}:\n` },
      { target: '/run', folder: true }, { target: '/var/run', link: '/run' },
      NAME_SERVICE, TEMPORARY,
      ...libraryFiles(ENVOY_LIBRARIES, packages),
      ...await iptablesFiles(packages),
    ],
  };
}

/** The agent of the node plug-in with the plug-in that it copies to the node, and the iptables with which it repairs pods, as in Istio's own image `install-cni`. */
export async function installCniImage(reference: string): Promise<Image> {
  const [bricks, packages] = await Promise.all([ensureBricks(['istio-cni', 'install-cni']), ensurePackages()]);
  return {
    reference, config: { entrypoint: ['/usr/local/bin/install-cni'], user: '0:0' },
    files: [
      { target: '/usr/local/bin/install-cni', source: bricks['install-cni'] },
      { target: '/opt/cni/bin/istio-cni', source: bricks['istio-cni'] },
      { target: '/run', folder: true }, { target: '/var/run', link: '/run' },
      NAME_SERVICE, TEMPORARY,
      ...libraryFiles(ENVOY_LIBRARIES, packages),
      ...await iptablesFiles(packages),
    ],
  };
}

/** The walk's workloads: a Node binary and test/sample-app. */
export async function sampleImage(reference: string): Promise<Image> {
  return {
    reference, config: { entrypoint: ['/usr/local/bin/node', '--disable-warning=ExperimentalWarning', '/app/main.ts'], user: '65532:65532' },
    files: [
      ...nodeFiles(process.execPath, await ensurePackages()),
      { target: '/app/main.ts', source: join(root, 'test', 'sample-app', 'main.ts'), mode: 0o644 },
      { target: '/app/package.json', text: '{"type":"module"}\n' },
      NAME_SERVICE, TEMPORARY,
    ],
  };
}

/** Prometheus, without its console pages. */
export async function prometheusImage(reference: string): Promise<Image> {
  const { prometheus } = await ensureBricks(['prometheus']);
  // The numbers are those of the projects' own images: OpenShift leaves the choice of a user to the image where no range applies.
  return { reference, config: { entrypoint: ['/bin/prometheus'], user: '65534:65534' }, files: [{ target: '/bin/prometheus', source: prometheus }, NAME_SERVICE, TEMPORARY] };
}

/** Jaeger 2. */
export async function jaegerImage(reference: string): Promise<Image> {
  const { jaeger } = await ensureBricks(['jaeger']);
  return { reference, config: { entrypoint: ['/cmd/jaeger'], user: '10001:10001' }, files: [{ target: '/cmd/jaeger', source: jaeger }, NAME_SERVICE, TEMPORARY] };
}

/** What stands in for OpenShift's oauth-proxy. */
export async function oauthProxyImage(reference: string): Promise<Image> {
  return {
    reference, config: { entrypoint: ['/usr/local/bin/node', '--disable-warning=ExperimentalWarning', '/app/main.ts'], user: '65532:65532' },
    files: [
      ...nodeFiles(process.execPath, await ensurePackages()),
      { target: '/app/main.ts', source: join(root, 'tools', 'images', 'oauth-proxy', 'main.ts'), mode: 0o644 },
      { target: '/app/package.json', text: '{"type":"module"}\n' },
      NAME_SERVICE, TEMPORARY,
    ],
  };
}
