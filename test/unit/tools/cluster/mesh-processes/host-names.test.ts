import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hostsText } from '../../../../../tools/cluster/mesh-processes/host-names.ts';
import type { Service } from '../../../../../tools/cluster/service-table.ts';
import type { Pod } from '../../../../../tools/cluster/pod.ts';

const metadata = (name: string, namespace: string) => ({ name, namespace, uid: name, resourceVersion: '1', creationTimestamp: '2030-01-01T00:00:00Z' });
const service = (name: string, namespace: string, clusterIP: string): Service => ({ metadata: metadata(name, namespace), spec: { clusterIP } });
const pod = (hostAliases: Pod['spec']['hostAliases'] = []): Pod => ({ metadata: metadata('p', 'shop'), spec: { containers: [], hostAliases } });

describe("a pod's /etc/hosts", () => {
  it('has the pod, and every Service under the names its search path would find', () => {
    assert.equal(hostsText(pod(), '10.244.0.9', [service('db', 'shop', '10.96.0.7'), service('istiod', 'mesh', '10.96.0.8')]), [
      '127.0.0.1 localhost', '10.244.0.9 p',
      '10.96.0.7 db.shop.svc.cluster.local db.shop.svc db.shop db',
      '10.96.0.8 istiod.mesh.svc.cluster.local istiod.mesh.svc istiod.mesh', '',
    ].join('\n'));
  });

  it('has no headless Service, which has no address', () => {
    assert.doesNotMatch(hostsText(pod(), '10.244.0.9', [service('db', 'shop', 'None')]), /db/);
  });

  it('has a name once only: an alias of the pod wins', () => {
    const text = hostsText(pod([{ ip: '127.0.0.2', hostnames: ['db.shop.svc.cluster.local'] }]), '10.244.0.9', [service('db', 'shop', '10.96.0.7')]);
    assert.match(text, /^127\.0\.0\.2 db\.shop\.svc\.cluster\.local$/m);
    assert.match(text, /^10\.96\.0\.7 db\.shop\.svc db\.shop db$/m);
  });
});
