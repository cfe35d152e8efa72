import { readdir, readFile } from 'node:fs/promises';

/** The cluster's name of a container (`containerd://ID`) without the runtime; '' for none. */
export function idOfContainer(name: string | undefined): string {
  return name?.replace(/^[a-z-]+:\/\//, '') ?? '';
}

/** Is a cgroup that of a container? Its path ends with the container's id, with what a driver puts around it. */
export function isCgroupOf(cgroup: string, id: string): boolean {
  return id !== '' && cgroup.split('\n').some((line) => (line.split('/').at(-1) ?? '').includes(id));
}

/** Number of a process of a container that runs on this machine. In: its id. @throws an Error when it has none */
export async function processOfContainer(id: string): Promise<number> {
  for (const entry of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    if (isCgroupOf(await readFile(`/proc/${entry}/cgroup`, 'utf8').catch(() => ''), id)) return Number(entry);
  }
  throw new Error(`no process of container ${id} is on this machine`);
}
