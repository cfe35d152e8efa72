import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { downwardLines, environmentOf, expand, fieldText, resourceText } from '../../../../../tools/cluster/mesh-processes/environment.ts';
import { quantity } from '../../../../../tools/cluster/mesh-processes/quantity.ts';
import type { Container, Pod } from '../../../../../tools/cluster/pod.ts';

const PLACE = { podIP: '10.244.0.9', hostIP: '10.244.255.1', capacity: { cpu: 4, memory: 1000 } };
const POD: Pod = {
  metadata: { name: 'p', namespace: 'n', uid: 'u', resourceVersion: '1', creationTimestamp: '2030-01-01T00:00:00Z', labels: { b: '2', a: 'say "x"' } },
  spec: { nodeName: 'node-1', serviceAccountName: 'sa', containers: [{ name: 'c' }] },
};
const TEXTS = { configMap: (name: string) => (name === 'map' ? { key: 'from map' } : undefined), secret: (name: string) => (name === 'pair' ? { a: '1', b: '2' } : undefined) };

function environment(container: Omit<Container, 'name'>): Record<string, string> {
  return environmentOf({ name: 'c', ...container }, POD, { texts: TEXTS, place: PLACE });
}

describe('the environment of a container', () => {
  it('takes fields of the pod, keys of ConfigMaps, and whole Secrets', () => {
    assert.deepEqual(environment({
      envFrom: [{ prefix: 'P_', secretRef: { name: 'pair' } }],
      env: [
        { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        { name: 'KEY', valueFrom: { configMapKeyRef: { name: 'map', key: 'key' } } },
        { name: 'NONE', valueFrom: { configMapKeyRef: { name: 'gone', key: 'key' } } },
        { name: 'EMPTY', value: '' },
      ],
    }), { P_a: '1', P_b: '2', IP: '10.244.0.9', KEY: 'from map', EMPTY: '' });
  });

  it('expands earlier variables in later ones, and leaves unknown ones as they are', () => {
    assert.deepEqual(environment({ env: [{ name: 'A', value: 'x' }, { name: 'B', value: '$(A)-$(C)' }, { name: 'C', value: 'late' }] }), { A: 'x', B: 'x-$(C)', C: 'late' });
    assert.equal(expand('$(NS).svc $$(NS) $5', { NS: 'mesh' }), 'mesh.svc $(NS) $5');
  });

  it('has the limit of the container rounded up, or what the machine has', () => {
    const cpu = { resource: 'limits.cpu', divisor: '1' };
    assert.equal(resourceText({ name: 'c', resources: { limits: { cpu: '500m' } } }, PLACE, cpu), '1');
    assert.equal(resourceText({ name: 'c' }, PLACE, cpu), '4');
    assert.equal(resourceText({ name: 'c', resources: { limits: { memory: '128Mi' } } }, PLACE, { resource: 'limits.memory', divisor: '0' }), '134217728');
  });

  it('knows labels one by one and as lines, sorted', () => {
    assert.equal(fieldText(POD, PLACE, "metadata.labels['b']"), '2');
    assert.equal(downwardLines(POD.metadata.labels), 'a="say \\"x\\""\nb="2"');
    assert.throws(() => fieldText(POD, PLACE, 'spec.containers'), /spec\.containers/);
  });

  it('reads quantities', () => {
    assert.deepEqual(['2', '100m', '1.5', '128Mi', '1G'].map(quantity), [2, 0.1, 1.5, 134_217_728, 1e9]);
    assert.throws(() => quantity('much'), /"much"/);
  });
});
