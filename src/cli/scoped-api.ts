import { messageOf } from '../lib/result.ts';
import { healthPages, servePages } from '../runtime/health.ts';
import { createLogger, type LogLevel, type Logger } from '../runtime/logger.ts';
import { startScopedApi, type ScopedApi } from '../scoped-api/scoped-api.ts';
import type { ScopedRequestSeen } from '../scoped-api/server.ts';
import { OPERATOR_VERSION } from './build-version.ts';
import { accessOf } from './cluster-access.ts';
import type { ClusterFlags, Environment } from './cluster-session.ts';
import { portOf } from './config.ts';
import { openMountedCertificates, type MountedCertificates } from './mounted-certificates.ts';
import { stopSignal } from './stop-signal.ts';
import { UsageError } from './usage-error.ts';

/** Options of `tmesh scoped-api` as commander hands them over. */
export interface ScopedApiFlags extends ClusterFlags {
  readonly certDir: string;
  readonly port?: string;
  readonly healthPort?: string;
  readonly bindAddress: string;
  readonly logLevel: LogLevel;
}

/** Between SIGTERM and the end of watches: endpoints are taken out of Services at the same time as the signal is sent, and nodes hear of it within seconds. */
const NOTICE_MS = 5000;

/** What is refused or fails is worth a line; what passes, hundreds of watches, only when asked for. */
function logged(logger: Logger): (seen: ScopedRequestSeen) => void {
  return (seen) => {
    if (seen.reason === undefined) logger.debug({ ...seen }, 'request');
    else logger.info({ ...seen }, 'refused');
  };
}

async function listening<T>(option: string, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    throw new UsageError(`${option}: ${messageOf(error)}; choose another port or address`);
  }
}

function serve(flags: ScopedApiFlags, environment: Environment, { certificates, logger }: { readonly certificates: MountedCertificates; readonly logger: Logger }): Promise<ScopedApi> {
  const access = accessOf({ kubeconfig: flags.kubeconfig, context: flags.context }, environment);
  return listening('--port', () => startScopedApi({
    access, certificates, userAgent: `tmesh-scoped-api/${OPERATOR_VERSION}`, address: flags.bindAddress, port: portOf('port', flags.port, 8443), onRequest: logged(logger),
  }));
}

/**
 * `tmesh scoped-api`: serves until SIGTERM or SIGINT, then lets go of its clients and closes (about 5 s). In: the flags, the environment (KUBECONFIG, HOME, proxies).
 * @throws UsageError with one sentence for a value, a certificate or an address that cannot be used
 */
export async function scopedApi(flags: ScopedApiFlags, environment: Environment): Promise<void> {
  const logger = createLogger({ level: flags.logLevel });
  const certificates = openMountedCertificates(flags.certDir, { option: '--cert-dir', otherwise: '' });
  const healthPort = portOf('health-port', flags.healthPort, 8081);
  const api = await serve(flags, environment, { certificates, logger });
  const ready = [{ name: 'members of meshes', isFine: () => api.isReady() }];
  const health = await listening('--health-port', () => servePages(healthPages({ ready }), { host: flags.bindAddress, port: healthPort }));
  const unfollow = certificates.follow((outcome) => {
    if ('error' in outcome) logger.warn({ err: outcome.error }, 'the certificate in the folder cannot be used; the one before stays');
    else logger.info(outcome, 'a new certificate is served');
  });
  logger.info({ version: OPERATOR_VERSION, port: api.port, healthPort: health.port }, 'serving');
  const signal = await stopSignal();
  logger.info({ signal }, 'stopping');
  await api.drain(NOTICE_MS);
  unfollow();
  await Promise.all([api.close(), health.close()]);
}
