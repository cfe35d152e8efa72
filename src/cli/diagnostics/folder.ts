import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { messageOf } from '../../lib/result.ts';
import { UsageError } from '../usage-error.ts';

/** Names of objects may hold what a file name may not. */
function fileName(part: string): string {
  return part.replaceAll(/[^\w.@-]/g, '_').replace(/^\.+/, '_');
}

/** The folder that is filled. Nobody but its owner may read it: it shows a cluster from inside. */
export class GatherFolder {
  readonly dir: string;
  #files = 0;

  constructor(dir: string) {
    this.dir = dir;
  }

  /** Files written so far. */
  get files(): number {
    return this.#files;
  }

  /** Makes the folder. Throws UsageError when it cannot be made, or has something in it already. */
  async open(): Promise<void> {
    try {
      await mkdir(this.dir, { recursive: true, mode: 0o700 });
      if ((await readdir(this.dir)).length === 0) return;
    } catch (thrown) {
      throw new UsageError(`${this.dir} cannot be used: ${messageOf(thrown)}; give another folder with -o`);
    }
    throw new UsageError(`${this.dir} is not empty; give a new folder with -o`);
  }

  /** Writes a text under the given parts of a path. */
  async text(parts: readonly string[], text: string): Promise<void> {
    const file = join(this.dir, ...parts.map(fileName));
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, text, { mode: 0o600 });
    this.#files += 1;
  }

  /** Writes a value as YAML; the last part gets its ending. */
  async yaml(parts: readonly string[], value: unknown): Promise<void> {
    await this.text([...parts.slice(0, -1), `${parts.at(-1) ?? ''}.yaml`], stringify(value, { lineWidth: 0, aliasDuplicateObjects: false, version: '1.1' }));
  }
}
