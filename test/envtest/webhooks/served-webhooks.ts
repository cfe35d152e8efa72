import { CONTROL_PLANE_CRD, CONTROL_PLANES, MEMBER_ROLLS, MEMBERS, NAMESPACES, OWN_WEBHOOK_CONFIGURATION, PROFILES_BY_LABEL, PROFILES_BY_NAME, WEBHOOK_CERTIFICATES } from '../../../src/controllers/sources.ts';
import { webhookConfigController } from '../../../src/controllers/webhook-config/index.ts';
import { observeWebhookConfig } from '../../../src/controllers/webhook-config/observe.ts';
import { FINALIZER, WEBHOOK_CERTIFICATE_SECRET } from '../../../src/api/names.ts';
import { isBundlePublished } from '../../../src/domain/webhook-config/plan.ts';
import type { WebhookTarget } from '../../../src/domain/webhook-config/target.ts';
import { openCertificateStore, type CertificateStore } from '../../../src/pki/certificate-store.ts';
import { mint } from '../../../src/pki/minter.ts';
import { defaultPolicy, type RotationPolicy } from '../../../src/pki/rotation.ts';
import { CachePool } from '../../../src/runtime/cache-pool.ts';
import { loadAccess } from '../../../src/runtime/kube-config.ts';
import { createLogger } from '../../../src/runtime/logger.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import type { Rest } from '../../../src/runtime/rest.ts';
import { createRest } from '../../../src/runtime/rest-client.ts';
import { createRunner, type Runner } from '../../../src/runtime/runner.ts';
import { createAccessReviewer } from '../../../src/webhooks/access.ts';
import { webhookHandlers } from '../../../src/webhooks/handlers.ts';
import { meshWorld } from '../../../src/webhooks/mesh-world.ts';
import { certificateSecretStore } from '../../../src/webhooks/secret-store.ts';
import { startWebhookServer, type WebhookServer } from '../../../src/webhooks/server.ts';
import type { Cluster } from '../../../tools/cluster/cluster.ts';
import { CONTROL_PLANE_RULES } from '../../../src/webhooks/smcp.ts';

export const OPERATOR_NAMESPACE = 'tenant-mesh-operator';
const SOURCES = [CONTROL_PLANES, MEMBER_ROLLS, MEMBERS, NAMESPACES, PROFILES_BY_LABEL, PROFILES_BY_NAME, WEBHOOK_CERTIFICATES, CONTROL_PLANE_CRD, OWN_WEBHOOK_CONFIGURATION];

/** A replica of the operator, as far as webhooks go: caches, certificates, server, registration. */
export interface ServedWebhooks {
  readonly rest: Rest;
  readonly certificates: CertificateStore;
  readonly server: WebhookServer;
  readonly runner: Runner;
  /** Errors that handlers or the server had. */
  readonly failures: readonly unknown[];
  /** True when the API server, as our caches see it, has the present bundle. */
  readonly isPublished: () => boolean;
  stop(): Promise<void>;
}

export interface ServeOptions {
  readonly policy?: Partial<RotationPolicy>;
  readonly now?: () => Date;
  /** Does not register itself and does not rotate: a replica without the lease. */
  readonly isFollower?: boolean;
}

/** Starts one, reachable from the cluster's API server over loopback. */
export async function serveWebhooks(cluster: Cluster, options: ServeOptions = {}): Promise<ServedWebhooks> {
  const rest = createRest(loadAccess({ kubeconfig: cluster.kubeconfig }), { userAgent: 'tmesh-test/0' });
  const cache = new CachePool(rest);
  for (const source of SOURCES) cache.add(source);
  const failures: unknown[] = [];
  const certificates = await openCertificateStore({
    secrets: certificateSecretStore(rest, { namespace: OPERATOR_NAMESPACE, name: WEBHOOK_CERTIFICATE_SECRET }), now: options.now ?? (() => new Date()),
    policy: { ...defaultPolicy(['127.0.0.1']), ...options.policy },
  });
  const world = meshWorld(cache, { controlPlanes: CONTROL_PLANES, rolls: MEMBER_ROLLS, members: MEMBERS, namespaces: NAMESPACES, profiles: [PROFILES_BY_NAME, PROFILES_BY_LABEL], definition: CONTROL_PLANE_CRD });
  const access = createAccessReviewer({ rest, monotonicMs: () => performance.now() });
  const server = await startWebhookServer({
    certificates, address: '127.0.0.1', port: 0, monotonicMs: () => performance.now(),
    handlers: webhookHandlers({ context: { world, access, operatorNamespace: OPERATOR_NAMESPACE }, rules: CONTROL_PLANE_RULES, onFailure: (_path, error) => failures.push(error) }),
    onRequest: ({ error }) => { if (error !== undefined) failures.push(error); },
    onReloadError: (error) => failures.push(error),
  });
  const target: WebhookTarget = { url: `https://127.0.0.1:${server.port}` };
  const facts = { target, caBundlePem: () => certificates.current().caBundlePem };
  const runner = createRunner({
    rest, cache, controllers: options.isFollower === true ? [] : [webhookConfigController(facts)], logger: createLogger({ level: 'error' }), metrics: createMetrics(), minter: mint, finalizer: FINALIZER,
  });
  cache.onChange(WEBHOOK_CERTIFICATES, (_before, after) => {
    if (after?.metadata.namespace === OPERATOR_NAMESPACE && after.metadata.name === WEBHOOK_CERTIFICATE_SECRET) certificates.offer(after);
  });
  runner.start();
  await cache.whenSynced(AbortSignal.timeout(30_000));
  return {
    rest, certificates, server, runner, failures,
    isPublished: () => isBundlePublished(observeWebhookConfig(cache, facts)),
    async stop() {
      await runner.stop();
      await server.close();
      await rest.close();
    },
  };
}
