import { join } from 'node:path';
import type { Kubectl } from './kubectl.ts';
import { command, say } from './screen.ts';

const root = join(import.meta.dirname, '..', '..');

/** Namespace of the control plane, and of the project that joins it. */
export const N = 'istio-system';
export const MEMBER = 'microsvc-sample';

/** Path of one of the walk's files, which are used as they are. */
export const sample = (file: string): string => join(root, 'test', 'samples', file);

/** Path of a file that only the demo has. */
export const own = (file: string): string => join(import.meta.dirname, file);

/** Runs kubectl, printing command and output. */
export async function show(kubectl: Kubectl, ...parameters: readonly string[]): Promise<string> {
  command(`kubectl ${parameters.join(' ')}`);
  const output = (await kubectl(...parameters)).trimEnd();
  say(output);
  return output;
}

/** Runs kubectl with a file, printing its short name only. */
export async function act(kubectl: Kubectl, verb: readonly string[], file: string): Promise<void> {
  command(`kubectl ${[...verb, '-f', file.split('/').at(-1)].join(' ')}`);
  say((await kubectl(...verb, '-f', file)).trimEnd());
}

/** The columns of one line of `kubectl get` in the control plane's namespace. */
export async function columns(kubectl: Kubectl, kind: string, name: string): Promise<string[]> {
  return (await kubectl('get', kind, name, '-n', N, '--no-headers')).trim().split(/\s{2,}/);
}
