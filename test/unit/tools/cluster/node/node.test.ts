import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { apiServerArguments, controllerManagerArguments } from '../../../../../tools/cluster/control-plane.ts';
import { certificateFiles } from '../../../../../tools/cluster/certificates.ts';
import { containerdConfig, containerdFolders, cniConfig, PAUSE_IMAGE } from '../../../../../tools/cluster/node/containerd-config.ts';
import { COREFILE, corednsObjects } from '../../../../../tools/cluster/node/coredns.ts';
import { enterNetwork, MissingRoot, requireRoot } from '../../../../../tools/cluster/node/enter.ts';
import { apiServerAdditions, controllerManagerAdditions, kubeletConfig } from '../../../../../tools/cluster/node/node-arguments.ts';
import { mountsUnder } from '../../../../../tools/cluster/node/mounts.ts';
import { DNS_ADDRESS, NODE_POD_RANGE } from '../../../../../tools/cluster/node/addresses.ts';

const files = certificateFiles('/d');
const ports = { etcd: 1, etcdPeer: 2, apiServer: 3, controllerManager: 4 };

/** The value that a program takes: the last one given. */
function last(args: readonly string[], flag: string): string | undefined {
  return args.findLast((arg) => arg.startsWith(`--${flag}=`))?.slice(flag.length + 3);
}

describe('a real node', () => {
  it('needs root on Linux, and says it in one sentence', () => {
    assert.throws(() => { requireRoot('linux', 1000); }, (error) => error instanceof MissingRoot && !error.message.includes('\n') && error.message.includes('root'));
    assert.throws(() => { requireRoot('darwin', 0); }, MissingRoot);
    assert.doesNotThrow(() => { requireRoot('linux', 0); });
  });

  it('has an API server that pods reach, where the one without a node listens on loopback only', () => {
    const plain = apiServerArguments('/d', ports, files);
    const real = [...plain, ...apiServerAdditions(files)];
    assert.equal(last(plain, 'bind-address'), '127.0.0.1');
    assert.equal(last(real, 'bind-address'), '0.0.0.0');
    assert.equal(last(real, 'advertise-address'), '10.10.0.1');
    assert.equal(last(real, 'endpoint-reconciler-type'), 'lease');
  });

  it('has all controllers', () => {
    assert.equal(last([...controllerManagerArguments('k', ports, files), ...controllerManagerAdditions()], 'controllers'), '*');
  });

  it('lets nobody but the API server talk to the kubelet', () => {
    const config = kubeletConfig('/d', files) as { authentication: { anonymous: object; x509: object } };
    assert.deepEqual(config.authentication.anonymous, { enabled: false });
    assert.deepEqual(config.authentication.x509, { clientCAFile: '/d/ca.crt' });
  });

  it('names its folders in the configuration of containerd, quoted', () => {
    const text = containerdConfig(containerdFolders('/a "b"', { cni: '/cni', runc: '/runc' }));
    assert.match(text, /^root = "\/a \\"b\\"\/containerd"$/m);
    assert.ok(text.includes(`sandbox_image = "${PAUSE_IMAGE}"`));
    assert.ok(text.includes('BinaryName = "/runc/usr/sbin/runc"'));
  });

  it('gives pods addresses of the node, out of a memory that goes with it', () => {
    const { plugins } = JSON.parse(cniConfig()) as { plugins: [{ ipam: { dataDir: string; ranges: object } }, { type: string }] };
    assert.deepEqual(plugins[0].ipam.ranges, [[{ subnet: NODE_POD_RANGE }]]);
    assert.match(plugins[0].ipam.dataDir, /^\/run\//);
    assert.equal(plugins[1].type, 'portmap');
  });

  it('has a DNS at the address that pods are told, which asks nobody outside', () => {
    const objects = corednsObjects().map(({ manifest }) => manifest);
    const service = objects.find(({ kind }) => kind === 'Service') as unknown as { spec: { clusterIP: string; ports: { protocol: string }[] } };
    assert.equal(service.spec.clusterIP, DNS_ADDRESS);
    assert.deepEqual(service.spec.ports.map(({ protocol }) => protocol), ['UDP', 'TCP']);
    assert.ok(!COREFILE.includes('forward'));
    assert.equal(objects.at(-1)?.kind, 'Deployment');
  });

  it('lets go of what was mounted in its folder, the innermost first, and of nothing else', () => {
    const text = ['a /d tmpfs rw 0 0', 'b /d/x tmpfs rw 0 0', 'c /d/x/y\\040z tmpfs rw 0 0', 'd /dd/x tmpfs rw 0 0'].join('\n');
    assert.deepEqual(mountsUnder('/d', text), ['/d/x/y z', '/d/x']);
  });

  it('is entered through its host process', () => {
    assert.deepEqual(enterNetwork(42), ['nsenter', '--target=42', '--net', '--']);
  });
});
