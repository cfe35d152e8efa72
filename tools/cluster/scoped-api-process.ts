import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OPERATOR_MALLOC, OPERATOR_NODE_FLAGS } from '../images/operator-image.ts';
import { freePorts } from './ports.ts';

/** A scoped API as its Deployment runs it: the built program, in a process of its own. */
export interface ScopedApiProcess {
  readonly child: ChildProcess;
  readonly port: number;
  /** What its readiness probe would say now. */
  isReady(): Promise<boolean>;
  /** SIGTERM, and until it has ended; out: its exit code. */
  stop(): Promise<number | null>;
}

export interface ScopedApiPlace {
  /** Leads to the API server with the scoped API's account. */
  readonly kubeconfig: string;
  readonly serving: { readonly certPem: string; readonly keyPem: string };
  /** A folder for its certificate. */
  readonly folder: string;
  readonly nodeFlags?: readonly string[];
}

const READY_SECONDS = 60;
const LOOK_MS = 50;

/** Starts it as the image does; resolves when it is ready. Needs `npm run build`. */
export async function startScopedApiProcess({ kubeconfig, serving, folder, nodeFlags = [] }: ScopedApiPlace): Promise<ScopedApiProcess> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'tls.crt'), serving.certPem);
  await writeFile(join(folder, 'tls.key'), serving.keyPem, { mode: 0o600 });
  const [port = 0, health = 0] = await freePorts(2);
  const child = spawn(process.execPath, [
    ...OPERATOR_NODE_FLAGS, ...nodeFlags, join(import.meta.dirname, '..', '..', 'dist', 'tmesh.mjs'), 'scoped-api', '--kubeconfig', kubeconfig, '--cert-dir', folder,
    '--bind-address', '127.0.0.1', '--port', String(port), '--health-port', String(health), '--log-level', 'warn',
  ], { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, ...OPERATOR_MALLOC } });
  const isReady = (): Promise<boolean> => fetch(`http://127.0.0.1:${health}/readyz`).then(({ status }) => status === 200, () => false);
  for (const until = performance.now() + READY_SECONDS * 1000; !await isReady();) {
    if (performance.now() > until || child.exitCode !== null) {
      child.kill('SIGKILL');
      throw new Error(`the scoped API was not ready within ${READY_SECONDS} s`);
    }
    await sleep(LOOK_MS);
  }
  return {
    child, port, isReady,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      return child.exitCode;
    },
  };
}
