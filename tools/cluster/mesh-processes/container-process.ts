import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { rootScript, type RootPlan } from './container-root.ts';
import type { HostTools } from './host-tools.ts';
import { killTree } from './process-tree.ts';

/** A container, ready to be started in the network namespace of a sandbox. */
export interface ContainerPlan {
  readonly name: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly root: RootPlan;
  readonly sandboxPid: number;
  readonly logFile: string;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8_000;

/** One container as a process: started, started again when it ends, and ended with all it started. */
export class ContainerProcess {
  readonly #plan: ContainerPlan;
  readonly #tools: HostTools;
  #child: ChildProcess | undefined;
  #isStopped = false;
  restarts = 0;

  constructor(plan: ContainerPlan, tools: HostTools) {
    this.#plan = plan;
    this.#tools = tools;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** Runs it until it ends well, as a kubelet does with an init container. */
  async untilDone(): Promise<void> {
    for (let pause = FIRST_PAUSE_MS; !this.#isStopped; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      if (await this.#run() === 0) return;
      this.restarts += 1;
      await sleep(pause, undefined, { ref: false });
    }
  }

  /** Keeps it running until stop(). */
  async forEver(): Promise<void> {
    for (let pause = FIRST_PAUSE_MS; !this.#isStopped; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      await this.#run();
      if (this.#isStopped) return;
      this.restarts += 1;
      await sleep(pause, undefined, { ref: false });
    }
  }

  /** Asks it to end, insists after `graceMs`, and takes what it started with it. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopped = true;
    const child = this.#child;
    if (child?.pid === undefined) return;
    const ended = new Promise<void>((resolve) => { child.once('close', () => { resolve(); }); });
    if (graceMs > 0) {
      child.kill('SIGTERM');
      await Promise.race([ended, sleep(graceMs, undefined, { ref: false })]);
    }
    if (this.#child === child) killTree(child.pid);
    await ended;
  }

  /** Gives the exit code, or 1 for a signal. */
  async #run(): Promise<number> {
    const { root, sandboxPid, logFile, command, environment } = this.#plan;
    await mkdir(root.root, { recursive: true });
    const { nsenter, unshare, sh } = this.#tools;
    const log = openSync(logFile, 'a', 0o600);
    const inside = ['--target', String(sandboxPid), '--net', '--', unshare, '--mount', '--', sh, '-c', rootScript(root, this.#tools), this.#plan.name];
    const child = spawn(nsenter, [...inside, ...command], { stdio: ['ignore', log, log], env: { ...environment } });
    closeSync(log);
    this.#child = child;
    const code = await new Promise<number>((resolve) => {
      child.once('error', () => { resolve(1); });
      child.once('close', (status) => { resolve(status ?? 1); });
    });
    this.#child = undefined;
    return code;
  }
}
