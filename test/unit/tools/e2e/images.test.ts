import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NEWEST_MINOR } from '../../../../src/domain/versions.ts';
import { controlPlane } from '../../../../tools/e2e/control-plane.ts';
import { olderPatch } from '../../../../tools/e2e/images.ts';
import { valueAt } from '../../../../src/lib/json.ts';

describe('what the e2e installs', () => {
  it('starts an upgrade from the patch before, which the operator can install', () => {
    assert.equal(olderPatch('1.31.10'), '1.31.9');
    assert.ok(NEWEST_MINOR.patches.includes(olderPatch(NEWEST_MINOR.defaultPatch)));
  });

  it('is the walk\'s control plane with what stock Envoy needs, in its own fields', async () => {
    const smcp = await controlPlane('01-istio-installation.yaml', 'istio-system');
    assert.equal(smcp['apiVersion'], 'maistra.io/v1');
    assert.deepEqual(valueAt(smcp, 'spec', 'istio', 'pilot'), {
      autoscaleEnabled: false, traceSampling: 100, env: { PILOT_ENABLE_ALPN_FILTER: 'false', PILOT_ENABLE_METADATA_EXCHANGE: 'false' },
    });
    assert.equal(valueAt(smcp, 'spec', 'istio', 'gateways', 'istio-ingressgateway', 'ior_enabled'), true);
    assert.equal(valueAt(smcp, 'metadata', 'namespace'), 'istio-system');
  });

  it('takes further settings last', async () => {
    const smcp = await controlPlane('04-istio-installation-mtls.yaml', 'n', { version: 'v1.31.0', istio: { telemetry: { enabled: true } } });
    assert.equal(valueAt(smcp, 'spec', 'version'), 'v1.31.0');
    assert.equal(valueAt(smcp, 'spec', 'istio', 'telemetry', 'enabled'), true);
    assert.equal(valueAt(smcp, 'spec', 'istio', 'global', 'mtls', 'enabled'), true);
  });
});
