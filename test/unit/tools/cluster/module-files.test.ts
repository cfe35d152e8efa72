import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { contentSum, requiredVersion } from '../../../../tools/cluster/module-files.ts';

const PINS = join(import.meta.dirname, '..', '..', '..', '..', 'tools', 'cluster', 'go', 'crds');
const GO_MOD = 'module x\n\ngo 1.24\n\nrequire example.test/single v1.0.0\n\nrequire (\n\texample.test/api v0.1.0 // indirect\n\texample.test/api/v2 v2.0.0\n)\n';

describe('the pins of modules used as data', () => {
  it('are found in lists and in single lines', () => {
    assert.equal(requiredVersion(GO_MOD, 'example.test/single'), 'v1.0.0');
    assert.equal(requiredVersion(GO_MOD, 'example.test/api'), 'v0.1.0');
    assert.equal(requiredVersion(GO_MOD, 'example.test/api/v2'), 'v2.0.0');
  });

  it('are not found for a module that is not there', () => {
    assert.equal(requiredVersion(GO_MOD, 'example.test/other'), undefined);
  });

  it('come with a checksum of the content, not only of its go.mod', () => {
    const sums = 'example.test/api v0.1.0/go.mod h1:b=\nexample.test/api v0.1.0 h1:a=\n';
    assert.equal(contentSum(sums, 'example.test/api', 'v0.1.0'), 'example.test/api v0.1.0 h1:a=');
    assert.equal(contentSum(sums, 'example.test/api', 'v0.2.0'), undefined);
  });

  it('have a checksum each, in the files that are committed', async () => {
    const [goMod = '', goSum = ''] = await Promise.all(['go.mod', 'go.sum'].map((file) => readFile(join(PINS, file), 'utf8')));
    for (const module of ['istio.io/api', 'github.com/openshift/api', 'github.com/k8snetworkplumbingwg/network-attachment-definition-client']) {
      const version = requiredVersion(goMod, module);
      assert.ok(version !== undefined && contentSum(goSum, module, version) !== undefined, module);
    }
  });
});
