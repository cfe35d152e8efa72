import { cp, mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Copies the logs of a cluster's parts and pods to a folder that stays; gives its path. Nothing but logs: volumes hold tokens. */
export async function keepLogs(clusterDir: string): Promise<string> {
  const target = await mkdtemp(join(tmpdir(), 'tmesh-demo-logs-'));
  const files = (await readdir(clusterDir)).filter((name) => name.endsWith('.log'));
  for (const name of files) await cp(join(clusterDir, name), join(target, name));
  for (const pod of await readdir(join(clusterDir, 'pods')).catch(() => [])) {
    await cp(join(clusterDir, 'pods', pod, 'logs'), join(target, pod), { recursive: true }).catch(() => undefined);
  }
  return target;
}
