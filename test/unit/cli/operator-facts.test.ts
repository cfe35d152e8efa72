import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operatorFacts } from '../../../src/cli/controllers.ts';

test("the node's folders, the image and its pull secret come from the environment, and only what is set is said", () => {
  const { cni, images } = operatorFacts({ operatorNamespace: 'operators', isolation: 'hard' }, { CNI_BIN_DIR: '/usr/lib/cni', ISTIO_CNI_IMAGE_PULL_SECRET: 'mirror', RELATED_IMAGE_INSTALL_CNI: 'mirror/cni:1' });
  assert.deepEqual(cni, { binaries: '/usr/lib/cni', pullSecret: 'mirror' });
  assert.deepEqual(images, { 'install-cni': 'mirror/cni:1' });
  assert.deepEqual(operatorFacts({ operatorNamespace: 'operators', isolation: 'hard' }, {}).cni, {});
});

test('the label of ingress namespaces is taken apart at the first equals sign', () => {
  assert.deepEqual(operatorFacts({ operatorNamespace: 'operators', isolation: 'hard', ingressLabel: 'role=edge' }, {}).exposeRoute, { namespaceSelector: { matchLabels: { role: 'edge' } } });
});
