import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { certificateFiles } from '../../../../tools/cluster/certificates.ts';
import { apiServerArguments, controllerManagerArguments, etcdArguments } from '../../../../tools/cluster/control-plane.ts';

const PORTS = { etcd: 1, etcdPeer: 2, apiServer: 3, controllerManager: 4 };
const FILES = certificateFiles('/cluster');
const ALL = [
  ...etcdArguments('/cluster', PORTS), ...apiServerArguments('/cluster', PORTS, FILES), ...controllerManagerArguments('/cluster/kubeconfig', PORTS, FILES),
];

describe('the arguments of the control plane', () => {
  it('keep everything on loopback', () => {
    const addresses = ALL.filter((argument) => /--(?:bind-address|advertise-address|listen|etcd-servers)/.test(argument));
    assert.ok(addresses.length >= 6);
    for (const argument of addresses) assert.match(argument, /127\.0\.0\.1/);
  });

  it('switch RBAC on and nothing else that authorizes', () => {
    assert.ok(ALL.includes('--authorization-mode=RBAC'));
  });

  it('write only into the folder of the cluster', () => {
    const paths = ALL.flatMap((argument) => /=(\/[^,]*)/.exec(argument)?.[1] ?? []);
    assert.ok(paths.length >= 8);
    for (const path of paths) assert.ok(path.startsWith('/cluster/'), path);
  });

  it('name each flag once per program', () => {
    for (const program of [etcdArguments('/c', PORTS), apiServerArguments('/c', PORTS, FILES), controllerManagerArguments('/c/k', PORTS, FILES)]) {
      const flags = program.map((argument) => argument.split('=')[0]);
      assert.equal(new Set(flags).size, flags.length);
    }
  });

  it('leave out the controllers that would evict pods from a node without a kubelet', () => {
    const controllers = ALL.find((argument) => argument.startsWith('--controllers='));
    assert.doesNotMatch(controllers ?? '*', /node-lifecycle|\*/);
  });
});
