import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeObject } from '../../src/k8s/object.ts';
import { isJsonObject, valueAt } from '../../src/lib/json.ts';
import { brickPath } from './bricks.ts';
import { freePorts } from './ports.ts';

/** A pilot-discovery that runs on this machine. */
export interface IstiodProcess {
  /** What it tells without being asked who asks: only from its own machine. */
  debug(page: string): Promise<unknown>;
  isReady(): Promise<boolean>;
  /** Port of XDS and certificates, with TLS. */
  readonly securePort: number;
  readonly logFile: string;
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

/** Where it is started, and as whom. */
export interface IstiodPlace {
  /** The Deployment that the operator rendered. */
  readonly deployment: KubeObject;
  readonly kubeconfig: string;
  readonly dir: string;
}

/** Flags that name an address; each gets one of this machine. */
const ADDRESSES = ['httpAddr', 'httpsAddr', 'grpcAddr', 'secureGRPCAddr', 'monitoringAddr'] as const;

function containerOf(deployment: KubeObject): { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> } {
  const [container] = (valueAt(deployment, 'spec', 'template', 'spec', 'containers') as readonly unknown[]).filter(isJsonObject);
  const env = (container?.['env'] as readonly { readonly name: string; readonly value?: string }[]).flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const]));
  return { args: container?.['args'] as readonly string[], env: Object.fromEntries(env) };
}

/** Ports of the istiods of this process: of a hundred that are chosen at the same time some would be the same. */
const taken = new Set<number>();

async function takePorts(): Promise<readonly number[]> {
  for (;;) {
    const ports = await freePorts(ADDRESSES.length);
    if (ports.some((port) => taken.has(port))) continue;
    for (const port of ports) taken.add(port);
    return ports;
  }
}

/** Starts pilot-discovery with the arguments and environment of its Deployment; addresses and the kubeconfig are of this machine. */
export async function startIstiod({ deployment, kubeconfig, dir }: IstiodPlace): Promise<IstiodProcess> {
  const { name, namespace = '' } = deployment.metadata;
  const { args, env } = containerOf(deployment);
  const ports = await takePorts();
  const portOf = (flag: (typeof ADDRESSES)[number]): number => ports[ADDRESSES.indexOf(flag)] ?? 0;
  const folder = join(dir, `${name}-${portOf('httpAddr')}`);
  await mkdir(folder, { recursive: true });
  const kept = args.filter((arg) => !ADDRESSES.some((flag) => arg.startsWith(`--${flag}=`)));
  const logFile = join(folder, 'log');
  const child = spawn(await brickPath('pilot-discovery'), [...kept, ...ADDRESSES.map((flag) => `--${flag}=127.0.0.1:${portOf(flag)}`), '--ctrlz_port=0', '--kubeconfig', kubeconfig, '--namespace', namespace], {
    cwd: folder, stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...env, PATH: process.env['PATH'] ?? '', KUBECONFIG: kubeconfig, POD_NAME: `${name}-0`, POD_NAMESPACE: namespace, SERVICE_ACCOUNT: name, ISTIOD_CUSTOM_HOST: 'localhost' },
  });
  const log = createWriteStream(logFile);
  child.stdout.pipe(log);
  child.stderr.pipe(log);
  const page = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${portOf('httpAddr')}${path}`);
  return {
    logFile, pid: child.pid, securePort: portOf('secureGRPCAddr'),
    async debug(name) {
      const answer = await page(`/debug/${name}`);
      if (answer.status !== 200) throw new Error(`/debug/${name}: ${answer.status}`);
      return answer.json();
    },
    isReady: () => page('/ready').then(({ status }) => status === 200, () => false),
    async stop() {
      for (const port of ports) taken.delete(port);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** A kubeconfig of the operator's making, with addresses of this machine in place of those of a pod. */
export async function localKubeconfig(text: string, place: { readonly file: string; readonly server: string; readonly ca: string; readonly tokenFile: string }): Promise<string> {
  const config = JSON.parse(text) as { clusters: { cluster: Record<string, string> }[]; users: { user: Record<string, string> }[] };
  for (const { cluster } of config.clusters) Object.assign(cluster, { server: place.server, 'certificate-authority-data': Buffer.from(place.ca).toString('base64') });
  for (const { user } of config.users) user['tokenFile'] = place.tokenFile;
  await writeFile(place.file, JSON.stringify(config));
  return place.file;
}

/** The lines of its log that say a list or watch was refused or failed. */
export async function complaintsIn(logFile: string): Promise<readonly string[]> {
  return (await readFile(logFile, 'utf8')).split('\n').filter((line) => /watch error|forbidden|failed to list|ACK ERROR/i.test(line));
}
