import { setTimeout as sleep } from 'node:timers/promises';
import { CONTROL_PLANE } from '../api/kinds.ts';
import { OPERATOR_NAME, WEBHOOK_CERTIFICATE_SECRET } from '../api/names.ts';
import { observeWebhookConfig, type WebhookConfigFacts } from '../controllers/webhook-config/observe.ts';
import { CONTROL_PLANE_CRD, CONTROL_PLANES, givenCertificatesSource, MEMBER_ROLLS, MEMBERS, NAMESPACES, PROFILES_BY_LABEL, PROFILES_BY_NAME, WEBHOOK_CERTIFICATES } from '../controllers/sources.ts';
import { isBundlePublished } from '../domain/webhook-config/plan.ts';
import { hostsOf, type WebhookTarget } from '../domain/webhook-config/target.ts';
import { crdNameOf } from '../k8s/resource.ts';
import { messageOf } from '../lib/result.ts';
import { openCertificateStore, type CertificateStore } from '../pki/certificate-store.ts';
import { defaultPolicy } from '../pki/rotation.ts';
import type { Cache } from '../runtime/cache.ts';
import type { Source } from '../runtime/controller.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Rest } from '../runtime/rest.ts';
import { createAccessReviewer } from '../webhooks/access.ts';
import { conversionState } from '../webhooks/conversion-state.ts';
import { webhookHandlers } from '../webhooks/handlers.ts';
import { meshWorld, type MeshWorld } from '../webhooks/mesh-world.ts';
import { certificateSecretStore } from '../webhooks/secret-store.ts';
import { startWebhookServer, type ServingCertificates, type WebhookServer } from '../webhooks/server.ts';
import type { ControlPlaneRules } from '../webhooks/smcp.ts';
import type { OperatorConfig } from './config.ts';
import { keepRotating } from './certificate-rotation.ts';
import { openMountedCertificates, type MountedCertificates, type OnReload } from './mounted-certificates.ts';

/** The Service in front of the operator's webhooks; `deploy/operator.yaml` creates it. */
export const WEBHOOK_SERVICE = `${OPERATOR_NAME}-webhooks`;

/** How the API server is to reach us, when it is we who tell it. */
export function webhookTarget(config: OperatorConfig): WebhookTarget {
  if (config.webhookUrl !== undefined) return { url: config.webhookUrl };
  return { service: { namespace: config.operatorNamespace, name: WEBHOOK_SERVICE, port: 443 } };
}

/** Certificates to serve with. `given`: somebody else renews them and registers the webhooks; `own`: both is ours. */
export type Certificates = { readonly serving: ServingCertificates } & ({ readonly own: CertificateStore } | Given);

/** `secret`: the Secret behind the folder, where it was named. */
interface Given { readonly given: MountedCertificates; readonly secret?: Source }

/** Opens the folder that was named, else our own certificates. Throws UsageError for a folder that cannot be used. */
export async function openCertificates(rest: Rest, config: OperatorConfig, logger: Logger): Promise<Certificates> {
  if (config.webhookCertDir === undefined) {
    const own = await openShared(rest, config, logger);
    return { serving: own, own };
  }
  const given = openMountedCertificates(config.webhookCertDir);
  logger.info({ folder: config.webhookCertDir, validTo: given.validTo }, 'webhook certificates are given; whoever gives them registers the webhooks');
  return { serving: given, given, ...(config.webhookCertSecret === undefined ? {} : { secret: givenCertificatesSource(config.webhookCertSecret) }) };
}

/** The caches that serving with these certificates needs, besides those of all. */
export function certificateSources(certificates: Certificates): readonly Source[] {
  return 'given' in certificates && certificates.secret !== undefined ? [certificates.secret] : [];
}

/** What the operator registers: nothing, when certificates are given. */
export function registration(config: OperatorConfig, { serving }: Certificates): WebhookConfigFacts {
  return { target: config.webhookCertDir === undefined ? webhookTarget(config) : undefined, caBundlePem: () => serving.current().caBundlePem };
}

/** Opens the shared certificates; without a namespace for them they live in memory, and the log says so. */
async function openShared(rest: Rest, config: OperatorConfig, logger: Logger): Promise<CertificateStore> {
  const policy = defaultPolicy(hostsOf(webhookTarget(config)));
  const secrets = certificateSecretStore(rest, { namespace: config.operatorNamespace, name: WEBHOOK_CERTIFICATE_SECRET });
  const store = await openCertificateStore({ secrets, policy, now: () => new Date() });
  if (store.isInMemory) logger.warn({ namespace: config.operatorNamespace }, 'webhook certificates are kept in memory: the operator namespace does not exist');
  return store;
}

/** What serving needs from the rest of the process. */
export interface ServingParts {
  readonly config: OperatorConfig;
  readonly cache: Cache;
  readonly rest: Rest;
  readonly certificates: ServingCertificates;
  readonly rules: ControlPlaneRules;
  readonly logger: Logger;
}

/** What admission sees. Where the conversion is somebody else's it comes and goes while we run. */
function admissionWorld(config: OperatorConfig, cache: Cache, monotonicMs: () => number): MeshWorld {
  const world = meshWorld(cache, { controlPlanes: CONTROL_PLANES, rolls: MEMBER_ROLLS, members: MEMBERS, namespaces: NAMESPACES, profiles: [PROFILES_BY_NAME, PROFILES_BY_LABEL], definition: CONTROL_PLANE_CRD });
  if (config.webhookCertDir === undefined) return world;
  const state = conversionState(monotonicMs);
  cache.onChange(CONTROL_PLANE_CRD, (before, after) => { state.changed(before, after); });
  return { ...world, isConverting: () => state.isConverting(cache.get(CONTROL_PLANE_CRD, crdNameOf(CONTROL_PLANE))) };
}

/** Starts the webhook server. Rejects when its address cannot be listened on. */
export async function serveWebhooks({ config, cache, rest, certificates, rules, logger }: ServingParts): Promise<WebhookServer> {
  const monotonicMs = (): number => performance.now();
  const context = { world: admissionWorld(config, cache, monotonicMs), access: createAccessReviewer({ rest, monotonicMs }), operatorNamespace: config.operatorNamespace };
  const onFailure = (path: string, error: unknown): void => logger.error({ path, err: error }, 'a webhook decision failed');
  return await startWebhookServer({
    certificates, address: config.bindAddress, port: config.webhookPort, monotonicMs,
    handlers: webhookHandlers({ context, rules, onFailure }),
    onRequest: ({ path, outcome, seconds, error }) => logger.debug({ path, outcome, ms: Math.round(seconds * 1000), ...(error === undefined ? {} : { reason: messageOf(error) }) }, 'webhook'),
    onReloadError: (error) => logger.error({ err: error }, 'a new webhook certificate could not be loaded'),
  });
}

/** Until every node has taken a pod that ends out of the Service. Less than the shortest patience of whoever ends us. */
const LEAVE_SERVICE_MS = 1_500;

/** In a Service, requests keep coming for a moment after the pod was told to end: to refuse them would refuse writes of users. */
export async function leaveService({ webhookUrl }: OperatorConfig, webhooks: WebhookServer): Promise<void> {
  if (webhookUrl !== undefined) return;
  webhooks.drain();
  await sleep(LEAVE_SERVICE_MS);
}

/**
 * True when the API server knows where our webhooks are and trusts them: from then on v1 objects can be written. Always true when somebody else registers
 * them: OLM does so only after we are ready.
 */
export function isRegistered(cache: Cache, registered: WebhookConfigFacts): boolean {
  if (registered.target === undefined) return true;
  const { crd, configuration, ...facts } = observeWebhookConfig(cache, registered);
  return crd !== undefined && configuration !== undefined && isBundlePublished({ crd, configuration, ...facts });
}

/** Where rotation looks and whom it tells. */
export interface RotationParts {
  readonly cache: Cache;
  readonly certificates: Certificates;
  readonly operatorNamespace: string;
  readonly isLeader: () => boolean;
  readonly isPublished: () => boolean;
  readonly onRotated: () => void;
  readonly logger: Logger;
}

function followGiven({ given, secret }: Given, { cache, operatorNamespace, logger }: Omit<RotationParts, 'certificates'>): () => void {
  const onReload: OnReload = (outcome) => {
    if ('error' in outcome) logger.warn({ reason: messageOf(outcome.error) }, 'the given webhook certificate cannot be used; the one before stays in use');
    else logger.info(outcome, 'a new webhook certificate was given');
  };
  // A deleted Secret says nothing: OLM deletes it during an upgrade, and makes a new one.
  if (secret !== undefined) cache.onChange(secret, (_before, after) => { if (after?.metadata.namespace === operatorNamespace) given.offerFrom(after, onReload); });
  return given.follow(onReload);
}

/** Keeps certificates fresh: given ones are taken over when they change, own ones follow the shared Secret and rotate once a minute while leading. Returns the way to stop. */
export function keepCertificatesFresh({ certificates, ...parts }: RotationParts): () => void {
  return 'given' in certificates ? followGiven(certificates, parts) : keepOwnFresh(certificates.own, parts);
}

function keepOwnFresh(store: CertificateStore, { cache, operatorNamespace, isLeader, isPublished, onRotated, logger }: Omit<RotationParts, 'certificates'>): () => void {
  const kept = { what: 'webhook certificates', source: WEBHOOK_CERTIFICATES, secret: WEBHOOK_CERTIFICATE_SECRET };
  return keepRotating(store, { ...kept, cache, namespace: operatorNamespace, isLeader, isPublished, onRotated, logger });
}
