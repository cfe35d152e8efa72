import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../cluster/ports.ts';
import { startWatchdog } from '../cluster/watchdog.ts';
import { OPERATOR_MALLOC, OPERATOR_NODE_FLAGS } from '../images/operator-image.ts';

const root = join(import.meta.dirname, '..', '..');

/** Ports of webhooks, health and metrics. */
export type Ports = readonly [number, number, number];

export interface StartOptions {
  /** Those of an earlier one, if they are to be the same. */
  readonly ports?: Ports;
  /** Further flags of Node, for measurements. */
  readonly nodeFlags?: readonly string[];
}

/** A running `tmesh run`, started the way a user would. */
export interface OperatorProcess {
  readonly child: ChildProcess;
  readonly healthUrl: string;
  readonly metricsUrl: string;
  readonly webhookUrl: string;
  readonly logFile: string;
  /** Of webhooks, health and metrics. */
  readonly ports: Ports;
  /** SIGTERM, then waits; gives the exit code. */
  stop(): Promise<number>;
}

/**
 * Starts the operator from the bundle, with the flags of the image, and waits until /readyz answers 200.
 * In: kubeconfig, a folder for its log, further flags. Throws with the end of its log when it is not ready in time.
 */
export async function startOperator(kubeconfig: string, folder: string, flags: readonly string[] = [], { ports: given, nodeFlags = [] }: StartOptions = {}): Promise<OperatorProcess> {
  const ports = given ?? await freePorts(3) as unknown as Ports;
  const [webhook, health, metrics] = ports;
  const logFile = join(folder, 'operator.log');
  const webhookUrl = `https://127.0.0.1:${webhook}`;
  const child = spawn(process.execPath, [
    ...OPERATOR_NODE_FLAGS, ...nodeFlags, join(root, 'dist', 'tmesh.mjs'), 'run', '--kubeconfig', kubeconfig, '--webhook-url', webhookUrl,
    '--health-port', String(health), '--metrics-port', String(metrics), '--bind-address', '127.0.0.1', ...flags,
    // A group of its own, which the watchdog ends should this process be killed.
  ], { env: { ...process.env, ...OPERATOR_MALLOC }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const watchdog = startWatchdog(child.pid ?? 0);
  const log = createWriteStream(logFile, { flags: 'a' });
  let tail = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      log.write(chunk);
      tail = (tail + chunk.toString()).slice(-4000);
    });
  }
  const exited = new Promise<number>((resolve) => {
    child.once('exit', (code, signal) => {
      watchdog.standDown();
      resolve(code ?? (signal === null ? 1 : 128));
    });
  });
  const operator: OperatorProcess = {
    child, logFile, webhookUrl, ports, healthUrl: `http://127.0.0.1:${health}`, metricsUrl: `http://127.0.0.1:${metrics}/metrics`,
    async stop() {
      child.kill('SIGTERM');
      return await exited;
    },
  };
  for (let waited = 0; waited < 600; waited += 1) {
    if (child.exitCode !== null) throw new Error(`the operator ended with code ${child.exitCode}; the end of its log:\n${tail}`);
    const answer = await fetch(`${operator.healthUrl}/readyz`).catch(() => undefined);
    if (answer?.status === 200) return operator;
    await sleep(100);
  }
  await operator.stop();
  throw new Error(`the operator was not ready after 60 s; the end of its log:\n${tail}`);
}
