import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settingsFrom } from '../../../../tools/images/oauth-proxy/main.ts';
import { valueAt } from '../../../../src/lib/json.ts';
import { OPENSHIFT, valuesInput, renderedObject } from '../../../build/control-plane.ts';

describe('the stand-in for the oauth-proxy', () => {
  it('understands the arguments that we render: it lets the health path pass and nothing else', () => {
    const deployment = renderedObject(valuesInput({}, { facts: OPENSHIFT }), 'Deployment', 'prometheus');
    const containers = valueAt(deployment, 'spec', 'template', 'spec', 'containers') as readonly { readonly name: string; readonly args: readonly string[] }[];
    const { port, upstream, open, keyFile } = settingsFrom(containers.find(({ name }) => name === 'oauth-proxy')?.args ?? []);
    assert.deepEqual([port, upstream.href, keyFile], [3001, 'http://127.0.0.1:9090/', '/etc/tls/private/tls.key']);
    assert.deepEqual(['/-/ready', '/api/v1/query', '/graph', '/-/ready/x'].map((path) => open.test(path)), [true, false, false, false]);
  });

  it('names an argument that is missing', () => {
    assert.throws(() => settingsFrom(['-https-address=:1']), /-upstream/);
  });
});
