import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuiltOperator } from './earlier-program.ts';
import { meshObjects } from './meshes.ts';

/* What an upgrade has to change: where the two operators render different objects for the same mesh. */

interface Rendered { readonly kind: string; readonly metadata: { readonly name: string } }

/** The same in every mesh of the test. In: a kind or its plural, and a name. */
export function genericName(kindOrPlural: string, name: string): string {
  const kind = kindOrPlural.toLowerCase();
  const plural = kind.endsWith('s') && !kind.endsWith('ss') ? kind : kind.replace(/y$/, 'ie').concat('s');
  return `${plural} ${name.replaceAll(/\b(mesh|project)-\d+\b/g, '$1')}`;
}

function rendered({ dist }: BuiltOperator, file: string): ReadonlyMap<string, string> {
  const output = execFileSync(process.execPath, [join(dist, 'tmesh.mjs'), 'render', '--openshift', '-o', 'json', '-f', file], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, stdio: ['ignore', 'pipe', 'ignore'] });
  const { items } = JSON.parse(output) as { readonly items: readonly Rendered[] };
  // The number of the operator is in an annotation of each object, and nowhere else.
  return new Map(items.map((object) => [genericName(object.kind, object.metadata.name), JSON.stringify(object).replaceAll(/"maistra\.io\/mesh-generation":"[^"]*"/g, '')]));
}

/** Names, as of `genericName`, of what the second operator has to change in the meshes of the test, and of what it does not make any more. */
export interface Needed { readonly changed: readonly string[]; readonly removed: readonly string[] }

/** Compares what both render. */
export function neededChanges(scratch: string, before: BuiltOperator, after: BuiltOperator): Needed {
  const file = join(scratch, 'mesh.json');
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: meshObjects(1) }));
  const [old, now] = [rendered(before, file), rendered(after, file)];
  return {
    changed: [...now].filter(([name, text]) => old.has(name) && old.get(name) !== text).map(([name]) => name),
    removed: [...old.keys()].filter((name) => !now.has(name)),
  };
}
