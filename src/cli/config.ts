import type { Isolation } from '../domain/control-plane/facts.ts';
import { leaseTimes, type LeaseTimes } from '../runtime/lease.ts';
import type { LogLevel } from '../runtime/logger.ts';
import { UsageError } from './usage-error.ts';

/** Options of `tmesh run` as commander hands them over. */
export interface RunFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly webhookUrl?: string;
  readonly webhookPort?: string;
  readonly webhookCertDir?: string;
  readonly webhookCertSecret?: string;
  readonly healthPort?: string;
  readonly metricsPort?: string;
  readonly bindAddress?: string;
  readonly leaderElect: boolean;
  readonly leaseDuration?: string;
  readonly operatorNamespace?: string;
  readonly ingressNamespaceLabel?: string;
  readonly takeover?: boolean;
  readonly isolation?: string;
  readonly logLevel?: string;
}

/** Everything `run` needs to know, decided once and frozen. */
export interface OperatorConfig {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  /** Base URL under which the API server reaches our webhooks; undefined: through the Service of the operator. */
  readonly webhookUrl: string | undefined;
  readonly webhookPort: number;
  /** Folder with `tls.crt` and `tls.key`. Whoever fills it also registers the webhooks, as OLM does. Undefined: we do both. */
  readonly webhookCertDir: string | undefined;
  /** Secret of the operator's namespace that is mounted at `webhookCertDir`. It is watched, so that a new certificate is served at once. */
  readonly webhookCertSecret: string | undefined;
  readonly healthPort: number;
  readonly metricsPort: number;
  readonly bindAddress: string;
  readonly leaderElect: boolean;
  /** Undefined: the usual times. */
  readonly leaseTimes: LeaseTimes | undefined;
  readonly operatorNamespace: string;
  /** Label of the namespaces that ingress traffic to exposed pods comes from, `key=value`. Undefined: found by default. */
  readonly ingressNamespaceLabel: string | undefined;
  readonly isolation: Isolation;
  /** Do not give way to the operator of OpenShift Service Mesh 2. */
  readonly takeover: boolean;
  readonly logLevel: LogLevel;
}

const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];
const DEFAULT_WEBHOOK_PORT = 9443;
const SHORTEST_LEASE_S = 2;
const LONGEST_LEASE_S = 300;
const NAMESPACE_NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** `hard`, unless a cluster administrator chose otherwise. @throws UsageError */
export function isolationOf(flag: string, value: string | undefined): Isolation {
  if (value === undefined || value === 'hard' || value === 'soft') return value ?? 'hard';
  throw new UsageError(`${flag} ${value}: unknown isolation; hard (istiods see their own mesh) or soft (they read the whole cluster, Secrets included)`);
}

/** A port out of a flag. @throws UsageError */
export function portOf(flag: string, value: string | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  const port = Number(value);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new UsageError(`--${flag} ${value}: not a port; give a number from 1 to 65535, or 0 for a free one`);
  return port;
}

function leaseTimesOf(value: string | undefined): LeaseTimes | undefined {
  if (value === undefined) return undefined;
  const seconds = Number(value);
  if (!Number.isInteger(seconds) || seconds < SHORTEST_LEASE_S || seconds > LONGEST_LEASE_S) {
    throw new UsageError(`--lease-duration ${value}: give whole seconds from ${SHORTEST_LEASE_S} to ${LONGEST_LEASE_S}; a new leader waits this long for a lost one`);
  }
  return leaseTimes(seconds);
}

function webhookUrlOf(value: string | undefined): URL | undefined {
  if (value === undefined) return undefined;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol !== 'https:') throw new UsageError(`--webhook-url ${value}: the API server calls webhooks over https only; give https://HOST:PORT`);
  return url;
}

function listenPortOf(url: URL | undefined): number {
  if (url === undefined) return DEFAULT_WEBHOOK_PORT;
  return url.port === '' ? 443 : Number(url.port);
}

const SECRET_NAME = /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/;

function givenCertificates(flags: RunFlags, environment: Readonly<Record<string, string | undefined>>): Pick<OperatorConfig, 'webhookCertDir' | 'webhookCertSecret'> {
  const webhookCertDir = flags.webhookCertDir ?? environment['WEBHOOK_CERT_DIR'];
  const webhookCertSecret = flags.webhookCertSecret ?? environment['WEBHOOK_CERT_SECRET'];
  if (webhookCertSecret !== undefined && webhookCertDir === undefined) throw new UsageError(`--webhook-cert-secret ${webhookCertSecret}: name the folder where it is mounted as well, with --webhook-cert-dir`);
  if (webhookCertSecret !== undefined && !SECRET_NAME.test(webhookCertSecret)) throw new UsageError(`--webhook-cert-secret ${webhookCertSecret}: not the name of a Secret (lower-case letters, digits, "-" and ".")`);
  return { webhookCertDir, webhookCertSecret };
}

function logLevelOf(value: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === value);
  if (level === undefined) throw new UsageError(`--log-level ${value}: unknown level; one of ${LOG_LEVELS.join(', ')}`);
  return level;
}

function labelOf(label: string | undefined): string | undefined {
  if (label !== undefined && !/^[^=\s]+=[^=\s]*$/.test(label)) throw new UsageError(`--ingress-namespace-label ${label}: give one label as KEY=VALUE`);
  return label;
}

/**
 * Decides the configuration from flags and environment (POD_NAMESPACE, WEBHOOK_CERT_DIR, WEBHOOK_CERT_SECRET, LOG_LEVEL, ISOLATION); flags win.
 * Throws UsageError for a value that cannot be used.
 */
export function operatorConfig(flags: RunFlags, environment: Readonly<Record<string, string | undefined>>): OperatorConfig {
  const webhookUrl = webhookUrlOf(flags.webhookUrl);
  const operatorNamespace = flags.operatorNamespace ?? environment['POD_NAMESPACE'] ?? 'tenant-mesh-operator';
  if (!NAMESPACE_NAME.test(operatorNamespace)) throw new UsageError(`--operator-namespace ${operatorNamespace}: not a namespace name (lower-case letters, digits and "-", at most 63)`);
  return Object.freeze({
    kubeconfig: flags.kubeconfig,
    context: flags.context,
    webhookUrl: webhookUrl === undefined ? undefined : webhookUrl.href.replace(/\/$/, ''),
    webhookPort: portOf('webhook-port', flags.webhookPort, listenPortOf(webhookUrl)),
    ...givenCertificates(flags, environment),
    healthPort: portOf('health-port', flags.healthPort, 8081),
    metricsPort: portOf('metrics-port', flags.metricsPort, 8080),
    bindAddress: flags.bindAddress ?? (webhookUrl === undefined ? '0.0.0.0' : '127.0.0.1'),
    leaderElect: flags.leaderElect,
    leaseTimes: leaseTimesOf(flags.leaseDuration),
    operatorNamespace,
    ingressNamespaceLabel: labelOf(flags.ingressNamespaceLabel),
    takeover: flags.takeover === true,
    isolation: flags.isolation === undefined ? isolationOf('ISOLATION', environment['ISOLATION']) : isolationOf('--isolation', flags.isolation),
    logLevel: logLevelOf(flags.logLevel ?? environment['LOG_LEVEL'] ?? 'info'),
  });
}
