import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { valueAt } from '../../../src/lib/json.ts';
import type { Cluster } from '../../../tools/cluster/cluster.ts';
import { clusterWithCrds, CRD_FOLDER, run } from './cluster-commands.ts';
import { OPERATOR_NAMESPACE, serveWebhooks, type ServedWebhooks } from './served-webhooks.ts';
import { eventually } from '../../support/eventually.ts';

const CRD = 'servicemeshcontrolplanes.maistra.io';

let cluster: Cluster;
let webhooks: ServedWebhooks;
before(async () => {
  cluster = await clusterWithCrds(OPERATOR_NAMESPACE, 'istio-a');
  webhooks = await serveWebhooks(cluster);
  await eventually('the webhooks are registered', webhooks.isPublished);
});
after(async () => {
  await webhooks?.stop();
  await cluster?.stop();
});

async function conversion(): Promise<unknown> {
  return valueAt(JSON.parse(await run(cluster, 'get', 'crd', CRD, '-o', 'json')), 'spec', 'conversion');
}

async function isOurs(): Promise<boolean> {
  const { caBundle, url } = valueAt(await conversion(), 'webhook', 'clientConfig') as { caBundle?: string; url?: string } ?? {};
  return caBundle === Buffer.from(webhooks.certificates.current().caBundlePem).toString('base64') && url === `https://127.0.0.1:${webhooks.server.port}/convert-smcp`;
}

test('webhooks and conversion are registered with the trust that is served', async () => {
  assert.ok(await isOurs());
  const names = await run(cluster, 'get', 'validatingwebhookconfiguration', 'tenant-mesh-operator', '-o', 'jsonpath={.webhooks[*].name}');
  assert.equal(names, 'smcp.validation.maistra.io smmr.validation.maistra.io smm.validation.maistra.io');
});

test('installing the CRDs again by server-side apply neither conflicts nor takes the conversion away', async () => {
  for (let time = 0; time < 2; time += 1) {
    await run(cluster, 'apply', '--server-side', '-f', CRD_FOLDER);
    assert.ok(await isOurs(), 'the conversion is still ours');
  }
});

test('an upgrade of the CRDs that changes a schema leaves the conversion alone', async () => {
  const description = JSON.stringify([{ op: 'add', path: '/metadata/annotations', value: { 'example.com/changed': 'by hand' } }]);
  await run(cluster, 'patch', 'crd', CRD, '--type=json', `--patch=${description}`);
  await run(cluster, 'apply', '--server-side', '--force-conflicts', '-f', CRD_FOLDER);
  assert.ok(await isOurs());
});

test('a conversion that somebody switched off comes back', async () => {
  await run(cluster, 'patch', 'crd', CRD, '--type=merge', '--patch={"spec":{"conversion":{"strategy":"None","webhook":null}}}');
  await eventually('the conversion is ours again', isOurs);
});

test('a conversion by Service becomes one by URL: the API would refuse both together', async () => {
  const clientConfig = { url: null, service: { namespace: 'istio-a', name: 'other', port: 443, path: '/x' } };
  await run(cluster, 'patch', 'crd', CRD, '--type=merge', `--patch=${JSON.stringify({ spec: { conversion: { webhook: { clientConfig } } } })}`);
  await eventually('the conversion is ours again', isOurs);
  assert.equal(valueAt(await conversion(), 'webhook', 'clientConfig', 'service'), undefined);
});

test('a webhook configuration that somebody deleted or emptied comes back', async () => {
  const count = async (): Promise<number> => (await cluster.kubectl(['get', 'validatingwebhookconfiguration', 'tenant-mesh-operator', '-o', 'jsonpath={.webhooks[*].clientConfig.caBundle}'])).stdout.split(' ').filter((text) => text !== '').length;
  await run(cluster, 'delete', 'validatingwebhookconfiguration', 'tenant-mesh-operator');
  await eventually('it is back', async () => await count() === 3);
  await run(cluster, 'patch', 'validatingwebhookconfiguration', 'tenant-mesh-operator', '--type=merge', '--patch={"webhooks":[]}');
  await eventually('it is whole again', async () => await count() === 3);
});

test('a second replica takes the same certificates from the Secret', async () => {
  const second = await serveWebhooks(cluster);
  try {
    assert.deepEqual(second.certificates.current(), webhooks.certificates.current());
    assert.equal(second.certificates.isInMemory, false);
  } finally {
    await second.stop();
  }
});

test('nothing went wrong inside', () => {
  assert.deepEqual(webhooks.failures, []);
});
