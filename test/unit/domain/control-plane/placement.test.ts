import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withRuntime } from '../../../../src/domain/control-plane/placement.ts';
import type { ComponentRuntime } from '../../../../src/domain/control-plane/values/runtime.ts';
import { valueAt } from '../../../../src/lib/json.ts';
import type { KubeObject } from '../../../../src/k8s/object.ts';

const DEPLOYMENT: KubeObject = {
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' },
  spec: {
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } }, selector: { matchLabels: { app: 'd' } },
    template: {
      metadata: { labels: { app: 'd' }, annotations: { a: 'template' } },
      spec: { containers: [{ name: 'main', image: 'i', env: [{ name: 'A', value: '1' }], resources: { requests: { cpu: '1' }, limits: { cpu: '2' } } }, { name: 'oauth-proxy', image: 'o' }] },
    },
  },
};

const placed = (runtime: ComponentRuntime): unknown => withRuntime(DEPLOYMENT, runtime);
const podOf = (runtime: ComponentRuntime): unknown => valueAt(placed(runtime), 'spec', 'template', 'spec');
const containersOf = (runtime: ComponentRuntime): readonly Record<string, unknown>[] => valueAt(podOf(runtime), 'containers') as readonly Record<string, unknown>[];

test('without settings a Deployment runs once and is otherwise as rendered', () => {
  assert.deepEqual(placed({}), { ...DEPLOYMENT, spec: { ...DEPLOYMENT['spec'] as object, replicas: 1 } });
});

test('the number of pods is left to an autoscaler', () => {
  assert.equal(valueAt(placed({ deployment: { replicas: 3 } }), 'spec', 'replicas'), 3);
  assert.equal('replicas' in (valueAt(placed({ deployment: { autoScaling: { enabled: true } } }), 'spec') as object), false);
});

test('a strategy of the user replaces ours whole', () => {
  assert.deepEqual(valueAt(placed({ deployment: { strategy: { type: 'Recreate' } } }), 'spec', 'strategy'), { type: 'Recreate' });
  assert.deepEqual(valueAt(placed({ deployment: { strategy: { rollingUpdate: { maxSurge: '50%' } } } }), 'spec', 'strategy'), { type: 'RollingUpdate', rollingUpdate: { maxSurge: '50%' } });
});

test('where pods run: nodes, taints, priority', () => {
  const pod = podOf({ pod: { nodeSelector: { zone: 'a' }, tolerations: [{ key: 'k', operator: 'Exists' }], priorityClassName: 'high' } });
  assert.deepEqual(valueAt(pod, 'nodeSelector'), { zone: 'a' });
  assert.deepEqual(valueAt(pod, 'tolerations'), [{ key: 'k', operator: 'Exists' }]);
  assert.equal(valueAt(pod, 'priorityClassName'), 'high');
});

test("the API's short anti-affinity becomes Kubernetes' own", () => {
  const term = { key: 'app', operator: 'In', values: ['d'], topologyKey: 'zone' } as const;
  const affinity = valueAt(podOf({ pod: { affinity: { podAntiAffinity: { requiredDuringScheduling: [term], preferredDuringScheduling: [{ key: 'app' }] } } } }), 'affinity');
  const selector = { labelSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['d'] }] }, topologyKey: 'zone' };
  assert.deepEqual(valueAt(affinity, 'podAntiAffinity', 'requiredDuringSchedulingIgnoredDuringExecution'), [selector]);
  assert.deepEqual(valueAt(affinity, 'podAntiAffinity', 'preferredDuringSchedulingIgnoredDuringExecution'), [
    { weight: 100, podAffinityTerm: { labelSelector: { matchExpressions: [{ key: 'app', operator: 'In' }] }, topologyKey: 'kubernetes.io/hostname' } },
  ]);
});

test('settings are for the first container; a proxy beside it stays as it is', () => {
  const [main, proxy] = containersOf({ container: { imagePullPolicy: 'Always', resources: { requests: { cpu: '5m' } }, env: { A: '2', B: '3' } } });
  assert.equal(main?.['imagePullPolicy'], 'Always');
  assert.deepEqual(main?.['resources'], { requests: { cpu: '5m' } }, 'resources are replaced whole: no limit of ours stays');
  assert.deepEqual(main?.['env'], [{ name: 'A', value: '2' }, { name: 'B', value: '3' }]);
  assert.deepEqual(proxy, { name: 'oauth-proxy', image: 'o' });
});

test('labels and annotations of the user are added; those that the selector or the mesh needs stay', () => {
  const metadata = valueAt(placed({ pod: { metadata: { labels: { app: 'other', team: 't' }, annotations: { a: 'user', b: 'user' } } } }), 'spec', 'template', 'metadata');
  assert.deepEqual(metadata, { labels: { app: 'd', team: 't' }, annotations: { a: 'template', b: 'user' } });
});

test('credentials for the registry go to the pod', () => {
  assert.deepEqual(valueAt(podOf({ container: { imagePullSecrets: [{ name: 'pull' }, {}] } }), 'imagePullSecrets'), [{ name: 'pull' }]);
});
