import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CONTROL_PLANE_V1, MEMBER } from '../../../src/api/kinds.ts';
import { resourcePath } from '../../../src/k8s/resource.ts';
import type { Cluster } from '../../../tools/cluster/cluster.ts';
import { clusterWithCrds, run } from './cluster-commands.ts';
import { OPERATOR_NAMESPACE, serveWebhooks, type ServedWebhooks } from './served-webhooks.ts';
import { eventually } from '../../support/eventually.ts';

/*
 * Two replicas and a moving clock. Certificates begin an hour before they are made, so the operator's clock may run up to an hour ahead
 * of the API server's without anybody noticing: enough to live through a whole rotation of short-lived certificates.
 */
const MINUTE = 60_000;
const policy = { authorityValidityMs: 72 * MINUTE, servingValidityMs: 72 * MINUTE, overlapMs: MINUTE };

let cluster: Cluster;
let leader: ServedWebhooks;
let follower: ServedWebhooks;
let aheadMs = 0;
before(async () => {
  cluster = await clusterWithCrds(OPERATOR_NAMESPACE, 'istio-a', 'pay');
  const now = (): Date => new Date(Date.now() + aheadMs);
  leader = await serveWebhooks(cluster, { now, policy });
  await eventually('the webhooks are registered', leader.isPublished);
  follower = await serveWebhooks(cluster, { now, policy, isFollower: true });
});
after(async () => {
  await follower?.stop();
  await leader?.stop();
  await cluster?.stop();
});

/** Requests that need the webhooks, one after the other on each of eight lanes, until told to stop. Counts answers; remembers every failure. */
class Traffic {
  answered = 0;
  readonly failures: string[] = [];
  #isOver = false;
  readonly #lanes: Promise<void>[];

  constructor() {
    this.#lanes = Array.from({ length: 8 }, (_, lane) => this.#run(lane % 2 === 0 ? () => this.#join() : () => this.#readOld()));
  }

  /** Waits until `count` more requests were answered. */
  async more(count: number): Promise<void> {
    const target = this.answered + count;
    await eventually(`${count} more requests are answered`, () => this.answered >= target);
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#lanes);
  }

  async #run(request: () => Promise<unknown>): Promise<void> {
    while (!this.#isOver) {
      await request().catch((error: unknown) => this.failures.push(String(error)));
      this.answered += 1;
    }
  }

  #join(): Promise<unknown> {
    const body = { apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMember', metadata: { name: 'default' }, spec: { controlPlaneRef: { namespace: 'istio-a', name: 'basic' } } };
    return leader.rest.call({ method: 'POST', path: resourcePath(MEMBER, { namespace: 'pay' }), query: { dryRun: 'All' }, body });
  }

  #readOld(): Promise<unknown> {
    return leader.rest.call({ method: 'GET', path: resourcePath(CONTROL_PLANE_V1, { namespace: 'istio-a', name: 'basic' }) });
  }
}

test('authority and certificate are replaced under traffic, step by step, and no request fails', async (t) => {
  await run(cluster, 'apply', '-f', new URL('basic.yaml', import.meta.url).pathname);
  const old = leader.certificates.current();
  const traffic = new Traffic();
  await traffic.more(100);

  aheadMs = 49 * MINUTE;
  assert.equal(await leader.certificates.rotate(leader.isPublished()), 'announce');
  assert.equal(leader.certificates.current().cert, old.cert, 'what is served does not change yet');
  await eventually('both authorities are published', leader.isPublished);
  await traffic.more(100);

  aheadMs = 51 * MINUTE;
  assert.equal(await leader.certificates.rotate(leader.isPublished()), 'activate');
  assert.notEqual(leader.certificates.current().cert, old.cert);
  assert.ok(leader.certificates.current().caBundlePem.includes(old.caBundlePem), 'the old authority is still trusted');
  await eventually('the follower serves the new certificate as well', () => follower.certificates.current().cert === leader.certificates.current().cert);
  await eventually('the new order is published', leader.isPublished);
  await traffic.more(100);

  await traffic.stop();
  t.diagnostic(`${traffic.answered} requests during the rotation, ${traffic.failures.length} failed`);
  assert.deepEqual(traffic.failures, []);
  assert.deepEqual([...leader.failures, ...follower.failures], []);
});

test('afterwards there is nothing left to do', async () => {
  assert.equal(await leader.certificates.rotate(leader.isPublished()), 'none');
});
