import { join } from 'node:path';
import { ensurePackages, LIBRARY_FOLDERS } from '../node/debian-packages.ts';

/** Packages with the libraries that HAProxy needs and a Debian without it lacks. */
const LIBRARIES = ['liblua5.3-0', 'libopentracing-c-wrapper0', 'libopentracing1'] as const;

/** A real HAProxy out of its Debian package, fetched once. Out: the program, and the environment in which it finds its libraries. */
export async function haproxyProgram(): Promise<{ readonly file: string; readonly env: Readonly<Record<string, string>> }> {
  const packages = await ensurePackages(['haproxy', ...LIBRARIES]);
  const libraries = LIBRARIES.flatMap((name) => LIBRARY_FOLDERS.map((folder) => join(packages[name], folder)));
  return { file: join(packages.haproxy, 'usr/sbin/haproxy'), env: { LD_LIBRARY_PATH: libraries.join(':') } };
}
