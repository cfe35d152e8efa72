import { styleText } from 'node:util';
import { createTwoFilesPatch } from 'diff';
import { stringify } from 'yaml';
import { COMPONENTS } from '../../domain/control-plane/components.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { sortedBy } from '../../lib/sort.ts';
import type { Change } from './changes.ts';

const CONTEXT_LINES = 3;
const COLOURS: Readonly<Record<string, 'red' | 'green' | 'cyan'>> = { '-': 'red', '+': 'green', '@': 'cyan' };

/** Groups in the order in which they are installed: what meshes share, the components, members, Routes. */
function rankOf(group: string): string {
  const component = COMPONENTS.findIndex(({ name }) => name === group);
  if (component >= 0) return `1 ${String(component).padStart(2, '0')}`;
  return { cluster: '0', routes: '4' }[group] ?? (group.startsWith('member ') ? `3 ${group}` : `2 ${group}`);
}

function yamlOf(object: KubeObject | undefined): string {
  return object === undefined ? '' : stringify(object, { lineWidth: 0, aliasDuplicateObjects: false, sortMapEntries: true, version: '1.1' });
}

function patchOf({ object, before, after, refused }: Change): string {
  if (refused !== undefined) return `! ${object}: the API server would refuse the change: ${refused}\n`;
  const [from, to] = [before === undefined ? '/dev/null' : object, after === undefined ? '/dev/null' : object];
  const patch = createTwoFilesPatch(from, to, yamlOf(before), yamlOf(after), 'now', 'after', { context: CONTEXT_LINES });
  // The first lines are for `patch` of old.
  return patch.replace(/^(?:Index: .*\n)?=+\n/, '');
}

function coloured(text: string): string {
  return text.split('\n').map((line) => {
    const colour = COLOURS[line.slice(0, 1)];
    return colour === undefined ? line : styleText(colour, line, { validateStream: false });
  }).join('\n');
}

/** Changes as one unified diff, grouped by what they are a part of; '' for none. Pure. */
export function diffText(changes: readonly Change[], isColoured: boolean): string {
  const groups = Map.groupBy(changes, ({ group }) => group);
  const parts = sortedBy(groups, ([group]) => rankOf(group)).map(([group, members]) => `# ${group}\n${sortedBy(members, ({ object }) => object).map(patchOf).join('')}`);
  return isColoured ? coloured(parts.join('\n')) : parts.join('\n');
}
