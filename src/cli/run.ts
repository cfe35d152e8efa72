import { hostname } from 'node:os';
import { FINALIZER, NAMESPACE_CONDITION_PREFIX, OPERATOR_NAME, SCOPED_API_CERTIFICATE_SECRET } from '../api/names.ts';
import type { CertificateStore } from '../pki/certificate-store.ts';
import { mint } from '../pki/minter.ts';
import { CachePool } from '../runtime/cache-pool.ts';
import { DEFAULT_POLICY, type ConditionPolicy } from '../runtime/condition-events.ts';
import { healthPages, metricsPages, servePages, type PageServer } from '../runtime/health.ts';
import { createLogger, type Logger } from '../runtime/logger.ts';
import { cacheObserver, requestCounter, watchGauges } from '../runtime/metrics-hooks.ts';
import { createMetrics, type Metrics } from '../runtime/metrics.ts';
import { meshOperator } from '../runtime/operator.ts';
import { createRest } from '../runtime/rest-client.ts';
import type { Rest } from '../runtime/rest.ts';
import { createRunner, type Runner, type RunnerOptions } from '../runtime/runner.ts';
import { isOtherOperatorLive } from '../controllers/neighbours/observe.ts';
import { SCOPED_API_KEY } from '../controllers/scoped-api/index.ts';
import { SCOPED_API_CERTIFICATES } from '../controllers/sources.ts';
import { SCOPED_API_CONTROLLER } from '../domain/scoped-api/observed.ts';
import { WEBHOOK_CONFIG_CONTROLLER } from '../controllers/webhook-config/index.ts';
import type { WebhookConfigFacts } from '../controllers/webhook-config/observe.ts';
import { CONTROL_PLANE_RULES } from '../webhooks/smcp.ts';
import { OPERATOR_VERSION } from './build-version.ts';
import { accessOf, ensureNamespace, requireServer } from './cluster-access.ts';
import type { OperatorConfig } from './config.ts';
import { ALL_SOURCES, operatorControllers } from './controllers.ts';
import { keepRotating } from './certificate-rotation.ts';
import { meshMetrics } from './mesh-metrics.ts';
import { openScopedCertificates } from './scoped-certificates.ts';
import { stopSignal } from './stop-signal.ts';
import { UsageError } from './usage-error.ts';
import { certificateSources, isRegistered, keepCertificatesFresh, leaveService, openCertificates, registration, serveWebhooks, type Certificates } from './webhook-serving.ts';

/** Conditions that are there only while something is wrong. */
const WARNINGS = ['ExternalAccessBlocked', 'PodsNotInjected', 'SidecarsOutdated', 'Contested', 'ServedByOtherMesh', 'ForeignOperator', 'WorkloadsOutdated'];

/** Installed repeats what Reconciled says; waiting and joining are progress, not trouble. */
const CONDITION_POLICY: ConditionPolicy = {
  ...DEFAULT_POLICY,
  inverted: new Set([...DEFAULT_POLICY.inverted, ...WARNINGS, ...WARNINGS.map((type) => `${NAMESPACE_CONDITION_PREFIX}${type}`)]),
  quiet: new Set([...DEFAULT_POLICY.quiet, 'Installed']),
  progress: new Set(['ResourceCreated', 'SpecUpdated', 'OperatorUpdated', 'PausingInstall', 'PausingUpdate', 'WorkloadRestarting', 'Configuring', 'Deleting']),
};

/** Everything of the process that has to be put together before anything starts. */
interface Parts {
  readonly config: OperatorConfig;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly rest: Rest;
  readonly cache: CachePool;
  readonly certificates: Certificates;
  readonly scopedCertificates: CertificateStore | undefined;
  readonly registered: WebhookConfigFacts;
  readonly runner: Runner;
}

function lease({ leaderElect, leaseTimes, operatorNamespace }: OperatorConfig): Pick<RunnerOptions, 'lease'> {
  if (!leaderElect) return {};
  return { lease: { namespace: operatorNamespace, name: OPERATOR_NAME, identity: `${hostname()}-${process.pid}`, ...(leaseTimes === undefined ? {} : { times: leaseTimes }) } };
}

async function assemble(config: OperatorConfig): Promise<Parts> {
  const logger = createLogger({ level: config.logLevel });
  const metrics = createMetrics();
  const access = accessOf(config, process.env);
  const rest = createRest(access, { userAgent: `tmesh/${OPERATOR_VERSION}`, onRequest: requestCounter(metrics) });
  const version = await requireServer(rest, access.server);
  logger.info({ version: OPERATOR_VERSION, server: access.server, serverVersion: version, namespace: config.operatorNamespace }, 'starting');
  await ensureNamespace(rest, config.operatorNamespace);
  const certificates = await openCertificates(rest, config, logger);
  const cache = new CachePool(rest, { observer: cacheObserver(metrics, logger) });
  watchGauges(metrics, () => cache.silence());
  for (const source of [...ALL_SOURCES, ...certificateSources(certificates)]) cache.add(source);
  meshMetrics(metrics, cache);
  const registered = registration(config, certificates);
  const scopedCertificates = await openScopedCertificates(rest, config);
  const controllers = operatorControllers(config, registered, () => scopedCertificates?.current().caBundlePem);
  const runner = createRunner({ rest, cache, controllers, logger, metrics, minter: mint, finalizer: FINALIZER, conditionPolicy: CONDITION_POLICY, ...lease(config) });
  return { config, logger, metrics, rest, cache, certificates, scopedCertificates, registered, runner };
}

async function listen(what: string, start: () => Promise<PageServer>): Promise<PageServer> {
  try {
    return await start();
  } catch (thrown) {
    throw new UsageError(`${what}: ${thrown instanceof Error ? thrown.message : String(thrown)}; give another port`);
  }
}

/** Once true it stays true: a rotation of certificates must not take us out of the Service. */
function everTrue(isTrue: () => boolean): () => boolean {
  let was = false;
  return () => (was ||= isTrue());
}

async function servePorts({ config, metrics, runner, cache, registered }: Parts): Promise<readonly PageServer[]> {
  const ready = [
    { name: 'caches are not filled yet', isFine: () => runner.isSynced() },
    { name: 'webhooks are not registered yet; are the CRDs installed (kubectl apply --server-side -f crds/)?', isFine: everTrue(() => (!config.takeover && isOtherOperatorLive(cache)) || isRegistered(cache, registered)) },
  ];
  const at = (port: number): { host: string; port: number } => ({ host: config.bindAddress, port });
  return [
    await listen('--health-port', () => servePages(healthPages({ ready }), at(config.healthPort))),
    await listen('--metrics-port', () => servePages(metricsPages(() => metrics.text()), at(config.metricsPort))),
  ];
}

/** istiods that were restarted with a new authority trust it a day before anything is signed with it; nobody has to tell. */
function keepScopedFresh({ scopedCertificates, cache, config, runner, logger }: Parts): () => void {
  if (scopedCertificates === undefined) return () => undefined;
  return keepRotating(scopedCertificates, {
    what: 'scoped API certificates', source: SCOPED_API_CERTIFICATES, secret: SCOPED_API_CERTIFICATE_SECRET, namespace: config.operatorNamespace, cache, logger,
    isLeader: () => runner.isLeader(), isPublished: () => true, onRotated: () => runner.wake(SCOPED_API_CONTROLLER, SCOPED_API_KEY, 'scoped API certificates rotated'),
  });
}

/**
 * `tmesh run`: runs until SIGTERM or SIGINT, then ends cleanly within 10 s: passes finish, the lease is given back, connections close.
 * Throws UsageError for a cluster or a port that cannot be used.
 */
export async function run(config: OperatorConfig): Promise<void> {
  const stopped = stopSignal();
  const parts = await assemble(config);
  const { logger, cache, certificates, registered, runner, rest } = parts;
  const webhooks = await serveWebhooks({ config, cache, rest, certificates: certificates.serving, rules: CONTROL_PLANE_RULES, logger })
    .catch((thrown: unknown) => { throw new UsageError(`--webhook-port ${config.webhookPort}: ${thrown instanceof Error ? thrown.message : String(thrown)}; give another port`); });
  const pages = await servePorts(parts);
  const endRotation = keepCertificatesFresh({
    cache, certificates, logger, operatorNamespace: config.operatorNamespace, isLeader: () => runner.isLeader(),
    isPublished: () => isRegistered(cache, registered),
    onRotated: () => runner.wake(WEBHOOK_CONFIG_CONTROLLER, OPERATOR_NAME, 'webhook certificates rotated'),
  });
  const endScopedRotation = keepScopedFresh(parts);
  const operator = meshOperator(runner, logger);
  await operator.start();
  logger.info({ reason: await stopped }, 'stopping');
  await leaveService(config, webhooks);
  endRotation();
  endScopedRotation();
  await operator.stopped();
  await Promise.all([webhooks.close(), ...pages.map((page) => page.close())]);
  parts.metrics.close();
  await rest.close();
  logger.info({}, 'stopped');
}
