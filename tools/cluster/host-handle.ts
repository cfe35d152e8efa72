import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { FromHost, HostPlan, HostVerb, ToHost } from './host-protocol.ts';
import type { ClusterState } from './state.ts';

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** How a host process is started: its script, and what runs node, if something must come before it. */
export interface HostEntry {
  readonly script: string;
  readonly wrapper?: readonly [string, ...string[]];
}

const NODE_FLAGS = ['--disable-warning=ExperimentalWarning'];
const ENTRY: HostEntry = { script: join(import.meta.dirname, 'host.ts') };

function forkHost(dir: string, { script, wrapper }: HostEntry): ChildProcess {
  const log = openSync(join(dir, 'host.log'), 'a', 0o600);
  const [program, ...parameters] = wrapper ?? [];
  const child = fork(script, [], {
    // A session of its own: Ctrl-C in a terminal is for the owner, who then decides.
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
    ...(program === undefined ? { execArgv: NODE_FLAGS } : { execPath: program, execArgv: [...parameters, process.execPath, ...NODE_FLAGS] }),
  });
  closeSync(log);
  return child;
}

/** The owner's end of the channel to the process that holds a cluster. Does not keep the owner alive while nothing is asked. */
export class HostHandle {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #state: ClusterState | undefined;
  #nextId = 1;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Forks a host and has it start the cluster. */
  static async start(plan: HostPlan, log: (line: string) => void, entry: HostEntry = ENTRY): Promise<HostHandle> {
    const handle = new HostHandle(forkHost(plan.dir, entry));
    await new Promise<void>((resolve, reject) => {
      handle.#child.once('exit', (code, signal) => {
        const error = new Error(`the process that holds the cluster ended (${signal ?? `exit code ${code}`}); see ${join(plan.dir, 'host.log')}`);
        reject(error);
        handle.#rejectAll(error);
      });
      handle.#child.on('message', (message: FromHost) => {
        if (message.kind === 'log') log(message.line);
        else if (message.kind === 'failed') reject(new Error(message.message));
        else if (message.kind === 'done') handle.#settle(message);
        else {
          handle.#state = message.state;
          resolve();
        }
      });
      handle.#send({ kind: 'start', plan });
    });
    handle.#release();
    return handle;
  }

  get state(): ClusterState {
    if (this.#state === undefined) throw new Error('the cluster has not been started');
    return this.#state;
  }

  /** Has the host do something and waits for its word. */
  async ask(verb: HostVerb): Promise<void> {
    const id = this.#nextId;
    this.#nextId += 1;
    this.#child.ref();
    this.#child.channel?.ref();
    try {
      await new Promise<void>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        this.#send({ kind: 'do', id, verb });
      });
    } finally {
      this.#waiting.delete(id);
      this.#release();
    }
  }

  async detach(): Promise<void> {
    await this.ask('detach');
    this.#child.disconnect();
  }

  /** Also fine when the host is gone already. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = new Promise<void>((resolve) => { this.#child.once('exit', () => { resolve(); }); });
    await this.ask('stop');
    this.#child.ref();
    await exited;
  }

  #send(message: ToHost): void {
    this.#child.send(message, (error) => { if (error !== null) this.#rejectAll(error); });
  }

  #settle(message: Extract<FromHost, { kind: 'done' }>): void {
    if (message.state !== undefined) this.#state = message.state;
    const waiting = this.#waiting.get(message.id);
    if (message.error === undefined) waiting?.resolve();
    else waiting?.reject(new Error(message.error));
  }

  #rejectAll(error: Error): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
  }

  #release(): void {
    this.#child.unref();
    this.#child.channel?.unref();
  }
}
