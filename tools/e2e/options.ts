import { parseArgs } from 'node:util';
import { messageOf } from '../../src/lib/result.ts';

/** What `npm run e2e` is asked to do. */
export interface Options {
  /** Leaves the cluster running. */
  readonly keep: boolean;
  /** The acts to play. */
  readonly acts: readonly string[];
  /** Folder of a cluster that an earlier run left. */
  readonly on: string | undefined;
}

/** Options that cannot be used. The message says which, and what can be. */
export class WrongOptions extends Error {
  constructor(reason: string) {
    super(`${reason}; npm run e2e -- [--only ACT,ACT…] [--keep] [--on FOLDER-OF-A-KEPT-CLUSTER]`);
    this.name = 'WrongOptions';
  }
}

function given(args: readonly string[]): { readonly keep?: boolean; readonly only?: string; readonly on?: string } {
  try {
    return parseArgs({ args: [...args], options: { keep: { type: 'boolean' }, only: { type: 'string' }, on: { type: 'string' } } }).values;
  } catch (thrown) {
    throw new WrongOptions(messageOf(thrown).replace(/\.$/, ''));
  }
}

/** Reads the command line. In: its arguments, and the names of all acts. @throws WrongOptions */
export function optionsOf(args: readonly string[], known: readonly string[]): Options {
  const { keep = false, only, on } = given(args);
  const acts = only?.split(',') ?? known;
  const unknown = acts.find((act) => !known.includes(act));
  if (unknown !== undefined) throw new WrongOptions(`--only: there is no act "${unknown}", only ${known.join(', ')}`);
  return { keep, acts, on };
}
