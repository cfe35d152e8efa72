import { OPERATOR_NAME, WEBHOOK_CERTIFICATE_SECRET } from '../api/names.ts';
import { observeWebhookConfig } from '../controllers/webhook-config/observe.ts';
import { CONTROL_PLANES, MEMBER_ROLLS, MEMBERS, NAMESPACES, WEBHOOK_CERTIFICATES } from '../controllers/sources.ts';
import { isBundlePublished } from '../domain/webhook-config/plan.ts';
import { hostsOf, type WebhookTarget } from '../domain/webhook-config/target.ts';
import { messageOf } from '../lib/result.ts';
import { openCertificateStore, type CertificateStore } from '../pki/certificate-store.ts';
import { defaultPolicy } from '../pki/rotation.ts';
import type { Cache } from '../runtime/cache.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Rest } from '../runtime/rest.ts';
import { createAccessReviewer } from '../webhooks/access.ts';
import { webhookHandlers } from '../webhooks/handlers.ts';
import { meshWorld } from '../webhooks/mesh-world.ts';
import { certificateSecretStore } from '../webhooks/secret-store.ts';
import { startWebhookServer, type WebhookServer } from '../webhooks/server.ts';
import type { ControlPlaneRules } from '../webhooks/smcp.ts';
import type { OperatorConfig } from './config.ts';

const ROTATION_EVERY_MS = 60_000;

/** The Service in front of the operator's webhooks; `deploy/operator.yaml` creates it. */
export const WEBHOOK_SERVICE = `${OPERATOR_NAME}-webhooks`;

/** How the API server is to reach us. */
export function webhookTarget(config: OperatorConfig): WebhookTarget {
  if (config.webhookUrl !== undefined) return { url: config.webhookUrl };
  return { service: { namespace: config.operatorNamespace, name: WEBHOOK_SERVICE, port: 443 } };
}

/** Opens the shared certificates; without a namespace for them they live in memory, and the log says so. */
export async function openCertificates(rest: Rest, config: OperatorConfig, logger: Logger): Promise<CertificateStore> {
  const policy = defaultPolicy(hostsOf(webhookTarget(config)));
  const store = await openCertificateStore({ secrets: certificateSecretStore(rest, config.operatorNamespace), policy, now: () => new Date() });
  if (store.isInMemory) logger.warn({ namespace: config.operatorNamespace }, 'webhook certificates are kept in memory: the operator namespace does not exist');
  return store;
}

/** What serving needs from the rest of the process. */
export interface ServingParts {
  readonly config: OperatorConfig;
  readonly cache: Cache;
  readonly rest: Rest;
  readonly certificates: CertificateStore;
  readonly rules: ControlPlaneRules;
  readonly logger: Logger;
}

/** Starts the webhook server. Rejects when its address cannot be listened on. */
export async function serveWebhooks({ config, cache, rest, certificates, rules, logger }: ServingParts): Promise<WebhookServer> {
  const monotonicMs = (): number => performance.now();
  const world = meshWorld(cache, { controlPlanes: CONTROL_PLANES, rolls: MEMBER_ROLLS, members: MEMBERS, namespaces: NAMESPACES });
  const context = { world, access: createAccessReviewer({ rest, monotonicMs }), operatorNamespace: config.operatorNamespace };
  const onFailure = (path: string, error: unknown): void => logger.error({ path, err: error }, 'a webhook decision failed');
  return await startWebhookServer({
    certificates, address: config.bindAddress, port: config.webhookPort, monotonicMs,
    handlers: webhookHandlers({ context, rules, onFailure }),
    onRequest: ({ path, outcome, seconds, error }) => logger.debug({ path, outcome, ms: Math.round(seconds * 1000), ...(error === undefined ? {} : { reason: messageOf(error) }) }, 'webhook'),
    onReloadError: (error) => logger.error({ err: error }, 'a new webhook certificate could not be loaded'),
  });
}

/** True when the API server knows where our webhooks are and trusts them: from then on v1 objects can be written. */
export function isRegistered(cache: Cache, config: OperatorConfig, certificates: CertificateStore): boolean {
  const { crd, configuration, ...facts } = observeWebhookConfig(cache, { target: webhookTarget(config), caBundlePem: () => certificates.current().caBundlePem });
  return crd !== undefined && configuration !== undefined && isBundlePublished({ crd, configuration, ...facts });
}

/** Where rotation looks and whom it tells. */
export interface RotationParts {
  readonly cache: Cache;
  readonly certificates: CertificateStore;
  readonly operatorNamespace: string;
  readonly isLeader: () => boolean;
  readonly isPublished: () => boolean;
  readonly onRotated: () => void;
  readonly logger: Logger;
}

/** Follows the shared Secret, and rotates once a minute while leading. Returns the way to stop. */
export function keepCertificatesFresh(parts: RotationParts): () => void {
  const { cache, certificates, operatorNamespace, isLeader, isPublished, onRotated, logger } = parts;
  cache.onChange(WEBHOOK_CERTIFICATES, (_before, after) => {
    if (after?.metadata.namespace === operatorNamespace && after.metadata.name === WEBHOOK_CERTIFICATE_SECRET) certificates.offer(after);
  });
  certificates.onChange(onRotated);
  const rotate = async (): Promise<void> => {
    if (!isLeader()) return;
    const step = await certificates.rotate(isPublished());
    if (step !== 'none') logger.info({ step }, 'webhook certificates rotated');
  };
  const timer = setInterval(() => { rotate().catch((error: unknown) => logger.warn({ reason: messageOf(error) }, 'webhook certificates could not be rotated')); }, ROTATION_EVERY_MS);
  timer.unref();
  return () => { clearInterval(timer); };
}
