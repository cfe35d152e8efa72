import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { completedStatus, conditionOf, creatingStatus, podNeeds, runningStatus, runsToCompletion, saysOfContainers, type Pod } from '../../../../tools/cluster/pod.ts';

const METADATA = { name: 'p', namespace: 'n', uid: 'u', resourceVersion: '1', creationTimestamp: '2030-01-01T00:00:00Z' };
const AS = { podIP: '10.244.0.2', hostIP: '10.244.255.1', isReady: true, at: '2030-01-01T00:00:01Z' };

function pod(spec: Partial<Pod['spec']>, status: Pod['status'] = {}): Pod {
  return { metadata: METADATA, spec: { containers: [{ name: 'main', image: 'registry/app:1' }], ...spec }, status };
}

describe('what a pod needs before its containers start', () => {
  it('is every ConfigMap and Secret of its volumes and environment, each once', () => {
    const needs = podNeeds(pod({
      volumes: [
        { configMap: { name: 'mesh' } }, { secret: { secretName: 'keys' } },
        { projected: { sources: [{ configMap: { name: 'kube-root-ca.crt' } }, { secret: { name: 'keys' } }, {}] } }, {},
      ],
      initContainers: [{ name: 'init', envFrom: [{ configMapRef: { name: 'settings' } }] }],
      containers: [{ name: 'main', env: [{ valueFrom: { secretKeyRef: { name: 'token' } } }, {}] }],
    }));
    assert.deepEqual(needs.map((need) => `${need.plural}/${need.name}`), [
      'configmaps/mesh', 'secrets/keys', 'configmaps/kube-root-ca.crt', 'configmaps/settings', 'secrets/token',
    ]);
  });

  it('leaves out what is optional', () => {
    assert.deepEqual(podNeeds(pod({
      volumes: [{ configMap: { name: 'a', optional: true } }, { secret: { secretName: 'b', optional: true } }],
      containers: [{ name: 'main', env: [{ valueFrom: { configMapKeyRef: { name: 'c', optional: true } } }] }],
    })), []);
  });
});

describe('the status of a pod', () => {
  it('that really runs has the readiness and the restarts of each container', () => {
    const two = pod({ containers: [{ name: 'app' }, { name: 'istio-proxy' }] });
    const seen = { ready: new Set(['app']), restarts: new Map([['istio-proxy', 2]]) };
    const status = runningStatus(two, { ...AS, isReady: false, seen }) as Required<Pod>['status'];
    assert.deepEqual(status.containerStatuses?.map(({ name, ready, restartCount }) => ({ name, ready, restartCount })),
      [{ name: 'app', ready: true, restartCount: 0 }, { name: 'istio-proxy', ready: false, restartCount: 2 }]);
    assert.equal(saysOfContainers({ ...two, status }, seen), true);
    assert.equal(saysOfContainers({ ...two, status }, { ...seen, ready: new Set(['app', 'istio-proxy']) }), false);
    assert.equal(saysOfContainers(two, seen), false);
  });

  it('that runs is Ready, with an address and a status for each container', () => {
    const status = runningStatus(pod({ initContainers: [{ name: 'init' }, { name: 'sidecar', restartPolicy: 'Always' }] }), AS) as Omit<Required<Pod>['status'], 'containerStatuses' | 'initContainerStatuses'> & {
      containerStatuses: readonly { name: string; image: string; ready: boolean }[]; initContainerStatuses: readonly { name: string; state: object }[];
    };
    assert.equal(status.phase, 'Running');
    assert.equal(status.podIP, AS.podIP);
    assert.equal(conditionOf({ ...pod({}), status }, 'Ready'), 'True');
    assert.deepEqual(status.containerStatuses.map(({ name, image, ready }) => ({ name, image, ready })), [{ name: 'main', image: 'registry/app:1', ready: true }]);
    assert.deepEqual(status.initContainerStatuses.map(({ state }) => Object.keys(state)), [['terminated'], ['running']]);
  });

  it('that is held runs but is not Ready', () => {
    const status = runningStatus(pod({}), { ...AS, isReady: false }) as Required<Pod>['status'];
    assert.equal(status.phase, 'Running');
    assert.equal(conditionOf({ ...pod({}), status }, 'Ready'), 'False');
  });

  it('with a readiness gate is Ready only when the gate is open', () => {
    const gates = { readinessGates: [{ conditionType: 'example.com/ok' }] };
    const ready = (open: string): string => {
      const gated = pod(gates, { conditions: [{ type: 'example.com/ok', status: open }] });
      return conditionOf({ ...gated, status: runningStatus(gated, AS) }, 'Ready');
    };
    assert.equal(ready('False'), 'False');
    assert.equal(ready('True'), 'True');
  });

  it('of a Job succeeds', () => {
    const ofJob = { ...pod({}), metadata: { ...METADATA, ownerReferences: [{ kind: 'Job', name: 'j' }] } };
    assert.equal(runsToCompletion(ofJob), true);
    assert.equal(runsToCompletion(pod({})), false);
    assert.equal((completedStatus(ofJob, AS) as Required<Pod>['status']).phase, 'Succeeded');
  });

  it('that waits for a volume says for which', () => {
    const status = creatingStatus(pod({}), 'configmaps "mesh" not found', AS.at);
    assert.match(JSON.stringify(status), /"reason":"ContainerCreating","message":"configmaps \\"mesh\\" not found"/);
    assert.equal(conditionOf({ ...pod({}), status }, 'ContainersReady'), 'False');
  });
});
