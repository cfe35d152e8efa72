import { lstat, readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { HostTools } from './host-tools.ts';

/** A mount into a container's root. */
export interface Mount {
  readonly from: string;
  /** Absolute path in the container. */
  readonly to: string;
  readonly isFile: boolean;
  readonly isReadOnly: boolean;
}

export interface RootPlan {
  /** An empty folder that becomes the root. */
  readonly root: string;
  readonly mounts: readonly Mount[];
  /** Links of the container's root: path → target. */
  readonly links: Readonly<Record<string, string>>;
  readonly isReadOnly: boolean;
  readonly workingDir: string;
  readonly user: number;
}

/** Shared libraries, and the few programs that the start itself needs; never /usr/local and /etc of this machine. */
const SYSTEM = ['/usr/bin', '/usr/sbin', '/usr/lib', '/usr/lib32', '/usr/lib64', '/bin', '/sbin', '/lib', '/lib32', '/lib64'];

/** How this machine's system folders appear in every container: folders mounted read-only, links as they are. */
export async function systemFolders(): Promise<Pick<RootPlan, 'mounts' | 'links'>> {
  const mounts: Mount[] = [];
  const links: Record<string, string> = {};
  for (const path of SYSTEM) {
    const found = await lstat(path).catch(() => undefined);
    if (found?.isSymbolicLink() === true) links[path] = await readlink(path);
    else if (found?.isDirectory() === true) mounts.push({ from: path, to: path, isFile: false, isReadOnly: true });
  }
  return { mounts, links };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function mountLines(mount: Mount, root: string, tools: HostTools): readonly string[] {
  const target = join(root, mount.to);
  const place = mount.isFile ? [`${tools.mkdir} -p ${quoted(dirname(target))}`, `: >> ${quoted(target)}`] : [`${tools.mkdir} -p ${quoted(target)}`];
  return [...place, `${tools.mount} --bind -o ${mount.isReadOnly ? 'ro' : 'rw'} ${quoted(mount.from)} ${quoted(target)}`];
}

/**
 * A script that gives its process a root of its own and then becomes the command in its arguments, without rights over this machine.
 * Runs in a mount namespace of its own. The user is mapped last: a process that is to have no rights must not be able to mount.
 */
export function rootScript(plan: RootPlan, tools: HostTools): string {
  const { root, links } = plan;
  // Outer folders first: /var/run/secrets/istio before /var/run/secrets/istio/crl.
  const mounts = plan.mounts.toSorted((a, b) => a.to.length - b.to.length);
  const user = String(plan.user);
  return [
    'set -e', 'umask 022',
    `${tools.mount} -t tmpfs -o mode=0755 pod ${quoted(root)}`,
    `${tools.mkdir} -p ${['old', 'proc', 'dev', 'etc', 'tmp', 'usr/local/bin'].map((name) => quoted(join(root, name))).join(' ')}`,
    ...Object.entries(links).map(([path, target]) => `${tools.ln} -s ${quoted(target)} ${quoted(join(root, path))}`),
    `${tools.mount} --rbind /proc ${quoted(join(root, 'proc'))}`, `${tools.mount} --rbind /dev ${quoted(join(root, 'dev'))}`,
    ...mounts.flatMap((mount) => mountLines(mount, root, tools)),
    `cd ${quoted(root)}`, `${tools.pivot_root} . old`, 'cd /', `${tools.umount} -l /old`,
    ...(plan.isReadOnly ? [`${tools.mount} -o remount,bind,ro /`] : []),
    `cd ${quoted(plan.workingDir)}`,
    `exec ${tools.unshare} --user --map-user=${user} --map-group=${user} -- "$@"`,
  ].join('\n');
}
