import { spawn } from 'node:child_process';
import type { JsonObject } from '../../src/lib/json.ts';
import type { KubeObject } from '../../src/k8s/object.ts';
import { brickPath } from '../../tools/cluster/bricks.ts';

/** What istiod's injector is configured with. */
export interface InjectorInput {
  readonly revision: string;
  /** Key `mesh` of the mesh's ConfigMap. */
  readonly mesh: string;
  /** Keys `config` and `values` of the injector's ConfigMap. */
  readonly config: string;
  readonly values: string;
  readonly pods: readonly { readonly namespace: string; readonly pod: KubeObject }[];
}

/** What became of a pod; without `pod` istiod left it as it is. */
export interface Injected {
  readonly pod?: JsonObject;
  readonly error?: string;
}

/** Has pods injected by the real thing: istiod's webhook as a process (tools/cluster/go/istio/inject). Throws for a configuration that istiod refuses. */
export async function injectPods(input: InjectorInput): Promise<readonly Injected[]> {
  const program = await brickPath('istio-inject');
  // Without a cluster there are no nodes to find native sidecars by; a pod asks for one by annotation.
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'pipe'], env: { ENABLE_NATIVE_SIDECARS: 'false' } });
  const chunks: { readonly out: Buffer[]; readonly err: Buffer[] } = { out: [], err: [] };
  child.stdout.on('data', (chunk: Buffer) => { chunks.out.push(chunk); });
  child.stderr.on('data', (chunk: Buffer) => { chunks.err.push(chunk); });
  const code = new Promise<number | null>((resolve, reject) => { child.once('close', resolve); child.once('error', reject); });
  child.stdin.on('error', () => undefined).end(JSON.stringify(input));
  if (await code !== 0) throw new Error(`istio-inject: ${Buffer.concat(chunks.err).toString('utf8').slice(-2000)}`);
  return JSON.parse(Buffer.concat(chunks.out).toString('utf8')) as readonly Injected[];
}
