import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../ask.ts';
import type { ApiClient } from '../api-client.ts';
import { lastLines, startProcess, type Running } from '../processes.ts';
import { ServiceTable } from '../service-table.ts';
import { haproxyConfig, ROUTER_PORTS, type HaproxyConfig, type HaproxyPlan } from './haproxy-config.ts';
import { haproxyProgram } from './haproxy-program.ts';
import { RouteMirror } from './route-mirror.ts';

/** Changes that come within this time make one new configuration. */
const GATHER_MS = 50;
const READY_MS = 15_000;
/** A reload's signal is sometimes without effect while another reload is under way: it is sent again when nothing came of it for so long. */
const REPEAT_MS = 1000;

export interface HaproxyRouterPlan {
  readonly client: ApiClient;
  /** Its files go here. */
  readonly dir: string;
  /** It listens here, on ports 80 and 443. */
  readonly address: string;
  /** Certificate and key in one PEM, for hosts whose Route brings none. */
  readonly certificate: string;
  /** A PEM file with the CA of serving certificates. */
  readonly serviceCa?: string;
  /** A process in whose network HAProxy listens and connects; this process must reach the address from its own. */
  readonly inNetworkOf?: number;
}

/** Replaces a file whole: HAProxy may read it at any moment. */
async function replaceFile(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** OpenShift's default router: a real HAProxy whose configuration follows the Routes, Services and endpoints of a cluster. */
export class HaproxyRouter {
  readonly #plan: HaproxyPlan;
  readonly #enter: readonly string[];
  readonly #table: ServiceTable;
  readonly #routes: RouteMirror;
  #haproxy: Running | undefined;
  #inForce = '';
  #isStopped = false;
  #timer: NodeJS.Timeout | undefined;
  #last: Promise<void> = Promise.resolve();

  private constructor({ client, dir, address, serviceCa, inNetworkOf }: HaproxyRouterPlan) {
    this.#enter = inNetworkOf === undefined ? [] : ['nsenter', `--net=/proc/${inNetworkOf}/ns/net`];
    this.#plan = {
      address, folder: dir, defaultCertificate: join(dir, 'default.pem'), socket: `tmesh-router-${process.pid}-${address}`, ...(serviceCa === undefined ? {} : { serviceCa }),
    };
    this.#table = new ServiceTable(client);
    this.#routes = new RouteMirror(client, () => { this.#changed(); });
    this.#table.onChange(() => { this.#changed(); });
  }

  /** Starts it; resolves when it answers. @throws an Error with HAProxy's words when it does not come up */
  static async start(plan: HaproxyRouterPlan): Promise<HaproxyRouter> {
    await rm(plan.dir, { recursive: true, force: true });
    await mkdir(plan.dir, { recursive: true, mode: 0o700 });
    const router = new HaproxyRouter(plan);
    await writeFile(router.#plan.defaultCertificate, plan.certificate, { mode: 0o600 });
    await router.#start();
    return router;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await Promise.all([this.#routes.stop(), this.#table.stop()]);
    await this.#last;
    await this.#haproxy?.stop(2000);
  }

  async #start(): Promise<void> {
    const config = this.#config();
    await this.#write(config);
    const { file, env } = await haproxyProgram();
    const logFile = join(this.#plan.folder, 'haproxy.log');
    // It goes when we do, however we end; its workers go with it.
    const haproxy = startProcess({ name: 'haproxy', file: 'setpriv', args: ['--pdeathsig', 'TERM', ...this.#enter, file, '-W', '-f', this.#configFile], logFile, env });
    const deadline = Date.now() + READY_MS;
    while (!await this.#runs(config)) {
      if (haproxy.hasEnded() || Date.now() > deadline) throw new Error(`HAProxy did not come up: ${await lastLines(logFile)}`);
      await sleep(20);
    }
    this.#haproxy = haproxy;
    this.#changed();
  }

  get #configFile(): string {
    return join(this.#plan.folder, 'haproxy.cfg');
  }

  #config(): HaproxyConfig {
    return haproxyConfig(this.#plan, this.#routes.routes(), this.#table);
  }

  #changed(): void {
    if (this.#haproxy === undefined) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#last = this.#last.then(() => this.#reload());
    }, GATHER_MS);
  }

  /** USR2: new workers take over the listening sockets, old ones finish what they have (HAProxy Management Guide, "Master-worker mode"). */
  async #reload(): Promise<void> {
    const config = this.#config();
    if (config.revision === this.#inForce) return;
    await this.#write(config);
    const deadline = Date.now() + READY_MS;
    while (!this.#isStopped && Date.now() < deadline && !await this.#takesOver(config)) await sleep(20);
  }

  /** True when HAProxy runs with a configuration. */
  async #runs({ revision }: HaproxyConfig): Promise<boolean> {
    return ask(`http://${this.#plan.address}:${ROUTER_PORTS.revision}/`, { timeoutMs: 1000 }).then(({ body }) => body === revision, () => false);
  }

  /** Asks HAProxy to reload. Out: whether it did in time. */
  async #takesOver(config: HaproxyConfig): Promise<boolean> {
    if (this.#haproxy !== undefined && !this.#haproxy.hasEnded()) process.kill(this.#haproxy.identity.pid, 'SIGUSR2');
    const since = Date.now();
    while (!await this.#runs(config)) {
      if (Date.now() - since > REPEAT_MS) return false;
      await sleep(20);
    }
    return true;
  }

  async #write(config: HaproxyConfig): Promise<void> {
    for (const [name, text] of Object.entries(config.files)) await replaceFile(join(this.#plan.folder, name), text);
    await replaceFile(this.#configFile, config.text);
    this.#inForce = config.revision;
  }
}
