import { connect } from 'node:net';
import { join } from 'node:path';
import type { KubeObject } from '../../../src/k8s/object.ts';
import { valueAt } from '../../../src/lib/json.ts';
import { brickPath } from '../../../tools/cluster/bricks.ts';
import { lastLines, startProcess } from '../../../tools/cluster/processes.ts';
import { eventually } from '../../support/eventually.ts';

/** A span as the query API shows it. */
export interface Span {
  readonly spanID: string;
  readonly operationName: string;
  readonly references: readonly { readonly refType: string; readonly spanID: string }[];
}

/** A real Jaeger with the configuration that we render. */
export interface JaegerProcess {
  /** Sends to a port of it; fails for an answer that is none of success. */
  send(port: number, path: string, body: string, contentType?: string): Promise<void>;
  /** Spans of a trace; none while it is not known. */
  spans(trace: string): Promise<readonly Span[]>;
  services(): Promise<readonly string[]>;
  /** True if a port of an address is listened on. */
  isOpen(address: string, port: number): Promise<boolean>;
  log(): Promise<string>;
  stop(): Promise<void>;
}

/** True if somebody takes a connection there. */
function isTaken(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (is: boolean) => () => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', end(true)).once('error', end(false));
  });
}

/**
 * Starts it with the arguments of a rendered Deployment. In: a loopback address of its own, which stands for the address of the pod, so that the
 * ports are the real ones; and a folder.
 */
export async function startJaeger(deployment: KubeObject, address: string, dir: string): Promise<JaegerProcess> {
  const [container] = valueAt(deployment, 'spec', 'template', 'spec', 'containers') as readonly { readonly args: readonly string[] }[];
  const args = (container?.args ?? []).map((argument) => argument.replaceAll('0.0.0.0', address).replaceAll('127.0.0.1', address));
  const logFile = join(dir, 'jaeger.log');
  const running = startProcess({ name: 'jaeger', file: await brickPath('jaeger'), args, logFile });
  await eventually('Jaeger is ready, as its probe sees it', async () => {
    if (running.hasEnded()) throw new Error(await lastLines(logFile));
    return (await fetch(`http://${address}:13133/status`)).ok;
  });
  const query = async <T>(path: string): Promise<T> => (await fetch(`http://${address}:16686${path}`)).json() as Promise<T>;
  return {
    send: async (port, path, body, contentType = 'application/json') => {
      const response = await fetch(`http://${address}:${port}${path}`, { method: 'POST', body, headers: { 'content-type': contentType } });
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    },
    spans: async (trace) => (await query<{ data?: readonly { spans: readonly Span[] }[] | null }>(`/api/traces/${trace}`)).data?.flatMap(({ spans }) => spans) ?? [],
    services: async () => (await query<{ data: readonly string[] | null }>('/api/services')).data ?? [],
    isOpen: isTaken,
    log: () => lastLines(logFile, 200),
    stop: () => running.stop(5000),
  };
}
