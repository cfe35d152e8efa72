import { connect as connectTls } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { WEBHOOK_CERTIFICATE_SECRET } from '../../src/api/names.ts';
import type { KubeObject } from '../../src/k8s/object.ts';
import { valueAt } from '../../src/lib/json.ts';
import { secretDataOf, setOfSecret } from '../../src/pki/certificate-secret.ts';
import { createAuthority, type KeyedCertificate } from '../../src/pki/certificate.ts';
import { defaultPolicy } from '../../src/pki/rotation.ts';
import { startWrites } from './api-writes.ts';
import { underLoad, type LivingMesh } from './life.ts';
import { OPERATOR_NAMESPACE } from './operator-steps.ts';
import { serviceAddress } from './policies/ground.ts';
import { say } from './screen.ts';
import { containersOf, podsOf, type Stage } from './stage.ts';
import { workload } from './workloads.ts';

/* The operator's webhook certificates are replaced, authority and all, while a gateway serves and the API server asks the webhooks. */

const SECRET_PATH = `/api/v1/namespaces/${OPERATOR_NAMESPACE}/secrets/${WEBHOOK_CERTIFICATE_SECRET}`;
const WEBHOOKS = 'tenant-mesh-operator-webhooks';
/** The leader looks once a minute. */
const ROTATION_LIMIT_MS = 100_000;
/** So long writes go on with the new certificate alone. */
const AFTERWARDS_MS = 3000;
const PROJECT = 'microsvc-sample';

/**
 * Puts the next authority into the shared Secret, as old as if another replica had announced it before the time that it must be known for.
 * What follows is the operator's: publishing it, and serving with it. Out: that authority.
 */
async function announce({ client }: Stage): Promise<KeyedCertificate> {
  const secret = await client.call<KubeObject>(SECRET_PATH);
  const set = setOfSecret(secret);
  if (set === undefined) throw new Error('the Secret of the webhook certificates cannot be read');
  const { overlapMs, authorityValidityMs } = defaultPolicy([]);
  const next = await createAuthority('tenant-mesh-operator webhook CA', { now: new Date(Date.now() - overlapMs - 60_000), validityMs: authorityValidityMs });
  await client.call(SECRET_PATH, { method: 'PUT', body: { ...secret, data: secretDataOf({ ...set, next }) } });
  return next;
}

function bundleAt(object: unknown, ...path: readonly string[]): string {
  return Buffer.from(String(valueAt(object, ...path) ?? ''), 'base64').toString('utf8');
}

/** What the API server trusts when it converts, and when it asks for admission. */
async function publishedBundles({ client }: Stage): Promise<readonly string[]> {
  const crd = await client.call('/apis/apiextensions.k8s.io/v1/customresourcedefinitions/servicemeshcontrolplanes.maistra.io');
  const kinds = ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'];
  const lists = await Promise.all(kinds.map((kind) => client.call<{ readonly items: readonly { readonly webhooks?: readonly unknown[] }[] }>(`/apis/admissionregistration.k8s.io/v1/${kind}`)));
  const webhooks = lists.flatMap(({ items }) => items.flatMap(({ webhooks: entries = [] }) => entries)).filter((webhook) => valueAt(webhook, 'clientConfig', 'service', 'name') === WEBHOOKS);
  if (webhooks.length === 0) throw new Error('no webhook leads to the operator');
  return [bundleAt(crd, 'spec', 'conversion', 'webhook', 'clientConfig', 'caBundle'), ...webhooks.map((webhook) => bundleAt(webhook, 'clientConfig', 'caBundle'))];
}

/** Does the operator's Service serve with a certificate of this authority? Out: '' for yes, else what is wrong. */
function servingFault(address: string, authority: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTls({ host: address, port: 443, servername: `${WEBHOOKS}.${OPERATOR_NAMESPACE}.svc`, ca: authority }, () => {
      socket.destroy();
      resolve('');
    });
    socket.once('error', (error) => { resolve(error.message); });
  });
}

async function rotate(stage: Stage): Promise<void> {
  const { client, checks } = stage;
  const address = await serviceAddress(client, OPERATOR_NAMESPACE, WEBHOOKS);
  const before = (await client.call<KubeObject>(SECRET_PATH));
  const old = setOfSecret(before)?.authority.certPem ?? '';
  const next = await announce(stage);
  await checks.holds('both authorities are published, for conversion and for every webhook', async () => {
    const bundles = await publishedBundles(stage);
    const lacking = bundles.filter((bundle) => !bundle.includes(old) || !bundle.includes(next.certPem));
    return { isGood: lacking.length === 0, seen: `${lacking.length} of ${bundles.length} bundles lack one` };
  }, { times: 1 });
  await checks.holds('the operator serves with a certificate of the new authority, and the old one does not vouch for it', async () => {
    const [fault, oldFault] = await Promise.all([servingFault(address, next.certPem), servingFault(address, old)]);
    return { isGood: fault === '' && oldFault !== '', seen: fault };
  }, { limitMs: ROTATION_LIMIT_MS });
}

/** A pod that comes while certificates change. */
async function newPodIsInjected({ client, checks, feed, kubectl }: Stage): Promise<void> {
  await feed([workload({ name: 'newcomer', namespace: PROJECT, annotations: { 'sidecar.istio.io/inject': 'true' } })], 'apply');
  await checks.holds('a new pod gets its sidecar meanwhile: 2/2 spring-boot istio-proxy', async () => {
    const seen = (await podsOf(client, PROJECT, 'app=newcomer')).map(containersOf).join();
    return { isGood: seen === '2/2 spring-boot istio-proxy', seen };
  }, { times: 1, limitMs: 120_000 });
  await kubectl('delete', 'deployment', 'newcomer', '-n', PROJECT, '--wait=false');
}

/** Replaces them. In: a mesh whose gateway serves. To be played while the walk's control plane and its member microsvc-sample are there. */
export async function rotateWebhookCertificates(stage: Stage, mesh: LivingMesh): Promise<void> {
  say("\n== Life: the operator's webhook certificates are replaced, authority and all, under load");
  await underLoad(stage, { what: 'webhook certificates replaced', requests: [mesh] }, async () => {
    const writes = startWrites(stage);
    try {
      await rotate(stage);
      await newPodIsInjected(stage);
      await sleep(AFTERWARDS_MS);
    } finally {
      const { made, failures } = await writes.stop();
      stage.figures['webhook certificates replaced, writes'] = `${made}, ${failures.length} failed`;
      await stage.checks.holds(`no write failed meanwhile: ${made} of control planes in both versions, rolls, pods with sidecars`, () =>
        Promise.resolve({ isGood: made > 0 && failures.length === 0, seen: failures.slice(0, 5).join('\n') }), { times: 1, limitMs: 0 });
    }
  });
}
