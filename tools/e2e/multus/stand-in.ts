import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject, valueAt } from '../../../src/lib/json.ts';
import type { StandInConfig } from './plugin.ts';

const TYPE = 'multus-stand-in';

/** Where the node has its plug-ins and their chain, and where agents are to write for Multus. */
export interface MultusFolders {
  readonly cluster: string;
  readonly binaries: string;
  readonly chain: string;
  readonly configurations: string;
}

/** Puts the stand-in at the end of the node's chain, and under its name among the plug-ins. Out: how to take the latter away again. */
export async function installStandIn({ cluster, binaries, chain, configurations }: MultusFolders): Promise<() => Promise<void>> {
  await mkdir(configurations, { recursive: true });
  const program = join(binaries, TYPE);
  await writeFile(program, `#!/bin/sh\nexec ${process.execPath} --disable-warning=ExperimentalWarning ${join(import.meta.dirname, 'plugin.ts')}\n`, { mode: 0o755 });
  const [file = ''] = (await readdir(chain)).filter((name) => name.endsWith('.conflist'));
  const list: unknown = JSON.parse(await readFile(join(chain, file), 'utf8'));
  const plugins = valueAt(list, 'plugins');
  if (!isJsonObject(list) || !Array.isArray(plugins)) throw new Error(`${file} is no chain of plug-ins`);
  const standIn: StandInConfig = { type: TYPE, cluster, configurations };
  await writeFile(join(chain, `${file}.new`), JSON.stringify({ ...list, plugins: [...plugins, standIn] }));
  await rename(join(chain, `${file}.new`), join(chain, file));
  return () => rm(program, { force: true });
}
