import { showPath } from '../../api/schema/problems.ts';
import type { Problem } from '../../k8s/plan.ts';
import { rowsOf } from '../conversion/table.ts';
import { get, type Path } from '../conversion/tree.ts';

/* Problems are found in the v2 form of an object. Whoever wrote v1 is told the path that he wrote. */

/** The keys of a path as `showPath` shows it. */
export function stepsOf(path: string): string[] {
  return [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|[\w-]+/g)].map(([word, quoted, index]) => (quoted === undefined ? index ?? word : String(JSON.parse(`"${quoted}"`))));
}

function isBelow(path: Path, above: Path): boolean {
  return above.length <= path.length && above.every((step, index) => path[index] === step);
}

/** Where a v1 spec says what stands at a path of its v2 form. In: both below `spec`. Out: undefined when no value of it is there. */
export function pathInV1(v1: unknown, path: Path): Path | undefined {
  const rows = rowsOf(v1).filter(({ field }) => isBelow(path, field)).toSorted((a, b) => b.field.length - a.field.length);
  const found = rows.flatMap((row) => row.paths.map((start) => ({ start, rest: path.slice(row.field.length) }))).find(({ start }) => get(v1, start) !== undefined);
  return found === undefined ? undefined : [...found.start, ...found.rest];
}

/** The problem, told at the path of v1; as it is where v1 has none. */
export function asWrittenInV1(problem: Problem, v1: unknown): Problem {
  const [root, ...steps] = stepsOf(problem.path);
  const found = root === 'spec' ? pathInV1(v1, steps) : undefined;
  if (found === undefined) return problem;
  const path = showPath(['spec', ...found.map((step) => (/^\d+$/.test(step) ? Number(step) : step))]);
  return { ...problem, path, message: problem.message.startsWith(problem.path) ? `${path}${problem.message.slice(problem.path.length)}` : problem.message };
}
