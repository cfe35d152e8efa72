import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import { hostTools, type HostTools } from '../cluster/mesh-processes/host-tools.ts';

/** Names the process that was enclosed: a value that a child inherits is not its own pid. */
const MARK = 'TMESH_ENCLOSED_PID';
const AS = 'TMESH_ENCLOSED_AS';

const WITH_ROOT = ['--net', '--mount'];
/** An ordinary user becomes root of a user namespace that holds nothing but himself. */
const WITHOUT_ROOT = ['--user', '--map-root-user', ...WITH_ROOT];

/** Everything the pods will need, tried in namespaces that go at once. */
function trial({ ip, mount, unshare }: HostTools): string {
  return [
    `${ip} link add trial0 type bridge`, `${ip} link add trial1 type veth peer name trial2`, `${mount} -t tmpfs trial /tmp`,
    `${unshare} --user --map-user=1337 --map-group=1337 -- ${unshare} --version`,
  ].join(' && ');
}

function run(file: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(file, [...args], (error, _stdout, stderr) => {
      resolve(error === null ? undefined : stderr.trim().split('\n').at(-1) ?? error.message);
    });
  });
}

/** True when this process was started by enclose(). */
export function isEnclosed(): boolean {
  return process.env[MARK] === String(process.pid);
}

/** The command that opens a shell in the namespaces of this process, which must be enclosed. */
export function entrance(): string {
  const isUserRoot = process.env[AS] === 'user';
  return `nsenter --target ${process.pid} ${isUserRoot ? '--user --preserve-credentials ' : ''}--net --mount -- sh`;
}

/** A way into namespaces of its own: the options of unshare(1). */
export type Way = readonly string[];

/**
 * Finds out whether this machine lets this user make the namespaces that pods need, and how.
 * @throws one sentence with the way out, where the machine lacks a program for it or does not allow it
 */
export async function wayIn(): Promise<Way> {
  if (process.platform !== 'linux') throw new Error('the demo runs pods in namespaces of Linux, and this is another system: run it in a Linux virtual machine');
  const tools = await hostTools();
  let refusal = '';
  for (const way of process.getuid?.() === 0 ? [WITH_ROOT, WITHOUT_ROOT] : [WITHOUT_ROOT]) {
    const complaint = await run(tools.unshare, [...way, '--', tools.sh, '-c', trial(tools)]);
    if (complaint === undefined) return way;
    refusal = complaint;
  }
  throw new Error(`pods as processes need namespaces of their own, and ${userInfo().username} may not make them here (${refusal}); `
    + 'allow it (sysctl kernel.unprivileged_userns_clone=1, on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0; in a container --privileged), or run the demo as root');
}

/** Becomes the same program in a network and mount namespace of its own. The pid stays, so that signals still reach it. Does not return. */
export async function enclose(way: Way): Promise<never> {
  const { unshare } = await hostTools();
  const self = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const env = { ...process.env, [MARK]: String(process.pid), [AS]: way === WITHOUT_ROOT ? 'user' : 'root' };
  process.execve?.(unshare, [unshare, ...way, '--', ...self], env);
  throw new Error('this Node cannot become another program');
}

/** Makes the network of a fresh enclosure usable: it begins with its loopback down. */
export async function settleIn(): Promise<void> {
  const { ip } = await hostTools();
  const complaint = await run(ip, ['link', 'set', 'lo', 'up']);
  if (complaint !== undefined) throw new Error(`the loopback of the new network namespace does not come up: ${complaint}`);
}
