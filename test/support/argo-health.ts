import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brickPath } from '../../tools/cluster/bricks.ts';

/** What Argo CD would show for an object. */
export interface Health {
  readonly status?: string;
  readonly message?: string;
  /** Why the script failed; Argo CD shows "Unknown" then. */
  readonly error?: string;
}

export const CUSTOMIZATIONS = join(import.meta.dirname, '..', '..', 'deploy', 'argocd', 'resource_customizations', 'maistra.io');

/** Our health script of a kind. */
export const healthScript = (kind: string): string => readFileSync(join(CUSTOMIZATIONS, kind, 'health.lua'), 'utf8');

/** Judges objects by a script, with Argo CD's own Lua and only the libraries it gives a script from its ConfigMap (tools/cluster/go/argocd-lua). */
export async function argoHealth(script: string, objects: readonly unknown[]): Promise<readonly Health[]> {
  const { stdout, stderr, status } = spawnSync(await brickPath('argocd-lua'), { input: JSON.stringify({ script, objects }), encoding: 'utf8' });
  if (status !== 0) throw new Error(`argocd-lua: ${stderr.slice(-2000)}`);
  return JSON.parse(stdout) as readonly Health[];
}
