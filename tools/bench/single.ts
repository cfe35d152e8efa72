import { setMembers } from './members.ts';
import type { RequestCounts } from './request-counts.ts';
import { watchFor } from './sightings.ts';
import { createNamespaces, median, MESH, printCounts, requestsDuring, say, settled, type Part, type Stage } from './stage.ts';

const TIMES = 7;
const MEMBER_OF = 'maistra.io/member-of';

interface Change { readonly member: number; readonly roll: number; readonly requests: number; readonly later: number; readonly counts: RequestCounts }

/** Seconds until the namespace says so and until the roll does. */
async function timed({ client }: Stage, name: string, members: readonly string[]): Promise<Pick<Change, 'member' | 'roll'>> {
  const isMember = members.includes(name);
  const labelled = await watchFor(client, `/api/v1/namespaces?fieldSelector=metadata.name%3D${name}`, ({ object }) => (object.metadata.labels?.[MEMBER_OF] === MESH) === isMember);
  const started = performance.now();
  const roll = await setMembers(client, members);
  return { member: (await labelled() - started) / 1000, roll };
}

/** One more or one less. Out: the times, the operator's requests until the roll says so, and those of the five seconds after: Prometheus and Kiali hear of it three seconds later. */
async function changed(stage: Stage, name: string, members: readonly string[]): Promise<Change> {
  const { result, all, counts } = await requestsDuring(stage, () => requestsDuring(stage, () => timed(stage, name, members), 0), 5000);
  return { ...result.result, requests: result.all, later: all - result.all, counts };
}

function report(what: string, changes: readonly Change[], size: number): void {
  const middle = (pick: (change: Change) => number): number => median(changes.map(pick));
  say(`one namespace ${what} a mesh of ${size}: member done after ${middle(({ member }) => member).toFixed(2)} s, roll Configured after ${middle(({ roll }) => roll).toFixed(2)} s with ${middle(({ requests }) => requests)} requests, ${middle(({ later }) => later)} in the five seconds after (medians of ${changes.length})`);
  if (process.argv.includes('--counts')) printCounts(changes.at(-1)?.counts ?? new Map());
}

/** One namespace joins and leaves a mesh that has many. */
export const SINGLE: Part = {
  name: 'single',
  run: async (stage) => {
    const names = Array.from({ length: TIMES }, (_, i) => `single-${i}`);
    await createNamespaces(stage.client, names);
    await settled(stage.client);
    const joins: Change[] = [];
    const leaves: Change[] = [];
    for (const name of names) {
      joins.push(await changed(stage, name, [...stage.members, name]));
      leaves.push(await changed(stage, name, stage.members));
    }
    report('joins', joins, stage.members.length);
    report('leaves', leaves, stage.members.length);
  },
};
