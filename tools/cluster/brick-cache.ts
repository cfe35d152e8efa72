import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** The folder that survives `node_modules` and clones: `$XDG_CACHE_HOME` or `~/.cache` (XDG Base Directory: relative paths are ignored). */
export function cacheRoot(env: Environment = process.env): string {
  const base = env['XDG_CACHE_HOME'];
  return join(base !== undefined && isAbsolute(base) ? base : join(homedir(), '.cache'), 'tenant-mesh-operator', 'bricks');
}

/**
 * The name of a cache folder. The same name means the same content: it changes with the version and with every part given, such as the
 * text of go.mod and each build flag.
 */
export function cacheKey(brick: string, version: string, parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:${part}`);
  return `${brick}-${version}-${hash.digest('hex').slice(0, 12)}`;
}
