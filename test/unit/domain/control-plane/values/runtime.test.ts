import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addonImage, istioImage } from '../../../../../src/domain/control-plane/values/images.ts';
import { fieldEnv, mergeEnv, plainEnv } from '../../../../../src/domain/control-plane/values/environment.ts';
import { autoscaleOf, componentRuntime, disruptionOf, replicasOf } from '../../../../../src/domain/control-plane/values/runtime.ts';
import { PLAIN, appliedSpec, valuesInput } from '../../../../build/control-plane.ts';

test('settings of a component go over the defaults of all, and the most specific name wins', () => {
  const spec = appliedSpec({
    runtime: {
      defaults: { container: { imagePullPolicy: 'Always', resources: { requests: { cpu: '1m' } } }, pod: { priorityClassName: 'low' } },
      components: { tracing: { container: { imagePullPolicy: 'Never', imageTag: 'a' } }, 'tracing.jaeger': { container: { imageTag: 'b' } } },
    },
  });
  const runtime = componentRuntime(spec, ['tracing.jaeger', 'tracing']);
  assert.equal(runtime.container?.imageTag, 'b');
  assert.equal(runtime.container?.imagePullPolicy, 'Never');
  assert.deepEqual(runtime.container?.resources?.requests, { cpu: '1m' });
  assert.equal(runtime.pod?.priorityClassName, 'low');
});

test('there is an autoscaler only if it is switched on, with bounds that Kubernetes accepts', () => {
  assert.equal(autoscaleOf({}), undefined);
  assert.equal(autoscaleOf({ deployment: { autoScaling: { enabled: false, minReplicas: 2 } } }), undefined);
  assert.deepEqual(autoscaleOf({ deployment: { autoScaling: { enabled: true } } }), { min: 1, max: 5, cpu: 80 });
  assert.deepEqual(autoscaleOf({ deployment: { autoScaling: { enabled: true, minReplicas: 7, maxReplicas: 3 } } }), { min: 7, max: 7, cpu: 80 });
  assert.equal(autoscaleOf({ deployment: { autoScaling: { enabled: true, minReplicas: 0 } } })?.min, 1);
});

test('with an autoscaler nobody else sets the number of pods', () => {
  assert.equal(replicasOf({}), 1);
  assert.equal(replicasOf({ deployment: { replicas: 0 } }), 0);
  assert.equal(replicasOf({ deployment: { replicas: 3, autoScaling: { enabled: true } } }), undefined);
});

test('a disruption budget needs more than one pod, or a drain would never end', () => {
  const spec = appliedSpec({ runtime: { defaults: { deployment: { podDisruption: { enabled: true } } } } });
  assert.equal(disruptionOf(spec, {}), undefined);
  assert.deepEqual(disruptionOf(spec, { deployment: { replicas: 2 } }), { minAvailable: 1 });
  assert.equal(disruptionOf(appliedSpec(), { deployment: { replicas: 2 } }), undefined);
  const none = appliedSpec({ runtime: { defaults: { deployment: { podDisruption: { enabled: true, minAvailable: 0 } } } } });
  assert.deepEqual(disruptionOf(none, { deployment: { replicas: 2 } }), { minAvailable: 0 });
  const percent = appliedSpec({ runtime: { defaults: { deployment: { podDisruption: { enabled: true, maxUnavailable: '50%' } } } } });
  assert.deepEqual(disruptionOf(percent, { deployment: { replicas: 2 } }), { maxUnavailable: '50%' });
});

test('images of Istio are those of the chosen version', () => {
  assert.equal(istioImage(valuesInput({ version: 'v1.29' }), 'istiod'), 'docker.io/istio/pilot:1.29.6');
  assert.equal(istioImage(valuesInput({ version: '1.31.0' }), 'proxy'), 'docker.io/istio/proxyv2:1.31.0');
});

test("the installation's image counts unless the user names registry, name or tag", () => {
  const images = { pilot: 'mirror/pilot@sha256:1', prometheus: 'mirror/prometheus:1' };
  const facts = { ...PLAIN, images };
  assert.equal(istioImage(valuesInput({}, { facts }), 'istiod'), 'mirror/pilot@sha256:1');
  const registry = { runtime: { defaults: { container: { imageRegistry: 'mine' } } } };
  assert.equal(istioImage(valuesInput(registry, { facts }), 'istiod'), 'mine/pilot:1.31.1');
  assert.equal(istioImage(valuesInput({}, { facts }), 'istiod', { imageTag: 'sha256:abc' }), 'docker.io/istio/pilot@sha256:abc');
  assert.equal(addonImage(valuesInput(registry, { facts }), 'prometheus', ['prometheus']), 'mirror/prometheus:1');
});

test('the tag of Istio is never that of an add-on; an add-on has its own settings', () => {
  const spec = { runtime: { defaults: { container: { imageTag: '9' } }, components: { grafana: { container: { imageRegistry: 'mine', imageName: 'g' } } } } };
  assert.match(addonImage(valuesInput(spec), 'kiali', ['kiali']), /^quay\.io\/kiali\/kiali:v2/);
  assert.match(addonImage(valuesInput(spec), 'grafana', ['grafana']), /^mine\/g:12/);
});

test('a later variable replaces an earlier one of its name, and every name occurs once', () => {
  const merged = mergeEnv(plainEnv({ A: '1', B: '2' }), [fieldEnv('C', 'metadata.name')], plainEnv({ A: '3' }));
  assert.deepEqual(merged.map(({ name, value }) => `${name}=${value ?? 'from'}`), ['A=3', 'B=2', 'C=from']);
});
