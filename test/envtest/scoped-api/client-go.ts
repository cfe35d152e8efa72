import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { brickPath } from '../../../tools/cluster/bricks.ts';

/** Kind → `namespace/name` → resource version. */
export type Stores = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Informers of client-go in a process of their own. */
export interface ClientGo {
  /** What their stores hold now. */
  stores(): Promise<Stores>;
  /** What it complained of so far, but that streaming lists are refused, for which it asks otherwise. */
  complaints(): readonly string[];
  stop(): Promise<void>;
}

/** Starts them. In: a kubeconfig file, and kinds as `group/version/resource?fieldSelector`. */
export async function startClientGo(kubeconfig: string, kinds: readonly string[]): Promise<ClientGo> {
  const child = spawn(await brickPath('client-go-informers'), [kubeconfig, ...kinds], { stdio: ['pipe', 'pipe', 'pipe'] });
  const said: string[] = [];
  createInterface(child.stderr).on('line', (line) => { said.push(line); });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async stores() {
      child.stdin.write('\n');
      const { value } = await lines.next();
      if (typeof value !== 'string') throw new Error(`the informers of client-go ended with code ${child.exitCode ?? '?'}`);
      return JSON.parse(value) as Stores;
    },
    complaints: () => said.filter((line) => !/watchlist|WatchList|sendInitialEvents/i.test(line)),
    async stop() {
      if (child.exitCode !== null) return;
      const exited = once(child, 'exit');
      child.stdin.end();
      await exited;
    },
  };
}
