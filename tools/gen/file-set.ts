import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/* Generated files on disk: which are stale, and bringing them up to date. */

const root = join(import.meta.dirname, '..', '..');

function textOf(file: string): string | undefined {
  try {
    return readFileSync(join(root, file), 'utf8');
  } catch {
    return undefined;
  }
}

function filesUnder(folder: string): readonly string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
}

/**
 * Writes generated files, or with `check` only names the stale ones on stderr. In: text by path; folders in which everything is generated; the command to name.
 * Out: how many were stale.
 */
export function settleFiles(files: ReadonlyMap<string, string>, owned: readonly string[], { check, command }: { readonly check: boolean; readonly command: string }): number {
  const stale = [...files].filter(([file, text]) => textOf(file) !== text);
  const strays = owned.flatMap(filesUnder).filter((file) => !files.has(file));
  if (check) {
    for (const [file] of stale) process.stderr.write(`${file} is stale; run \`${command}\`\n`);
    for (const file of strays) process.stderr.write(`${file} is not generated any more; run \`${command}\`\n`);
    return stale.length + strays.length;
  }
  for (const [file, text] of stale) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
    process.stdout.write(`wrote ${file}\n`);
  }
  for (const file of strays) {
    rmSync(join(root, file));
    process.stdout.write(`removed ${file}\n`);
  }
  return stale.length + strays.length;
}
