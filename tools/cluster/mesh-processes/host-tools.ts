import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';

/** Programs of every Linux distribution that separate processes from each other, and the package that holds each. */
const PACKAGES = {
  ip: 'iproute2', unshare: 'util-linux', nsenter: 'util-linux', mount: 'util-linux', umount: 'util-linux', pivot_root: 'util-linux',
  sh: 'dash', cat: 'coreutils', ln: 'coreutils', mkdir: 'coreutils',
} as const;

/** Absolute paths by name. */
export type HostTools = Readonly<Record<keyof typeof PACKAGES, string>>;

/** Administrators' programs are often not on the path of others. */
const MORE_FOLDERS = ['/usr/sbin', '/sbin', '/usr/bin', '/bin'];

async function find(name: string): Promise<string | undefined> {
  for (const folder of [...(process.env['PATH'] ?? '').split(':'), ...MORE_FOLDERS]) {
    const file = join(folder, name);
    if (folder.startsWith('/') && await access(file, constants.X_OK).then(() => true, () => false)) return file;
  }
  return undefined;
}

/** Finds them. @throws one sentence that names the missing ones and their packages */
export async function hostTools(): Promise<HostTools> {
  const found = await Promise.all(Object.entries(PACKAGES).map(async ([name, package_]) => ({ name, package_, file: await find(name) })));
  const missing = found.filter(({ file }) => file === undefined);
  if (missing.length > 0) {
    const packages = [...new Set(missing.map(({ package_ }) => package_))].join(', ');
    throw new Error(`pods as processes need ${missing.map(({ name }) => `"${name}"`).join(', ')}, which this machine lacks: install ${packages}`);
  }
  // Every name of PACKAGES is in it, and none without a file.
  return Object.fromEntries(found.map(({ name, file }) => [name, file])) as HostTools;
}
