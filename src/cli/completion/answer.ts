import type { Command } from 'commander';
import type { Environment } from '../cluster-session.ts';
import { completionAt, type Candidate } from './candidates.ts';
import { clusterFlagsIn, liveNames } from './live-names.ts';

/** Last line of an answer: what the shell may add by itself (cobra, `ShellCompDirective`, which kubectl expects of its plugins). */
const MAY_ADD_FILES = ':0';
const ADD_NOTHING = ':4';

function lineOf({ value, description }: Candidate): string {
  return description === undefined ? value : `${value}\t${description.split('\n')[0] ?? ''}`;
}

/**
 * Answers a shell, or kubectl, that asks how a command line may go on. In: the words after the program's name; the last one is at the cursor
 * and may be empty. Out: a line per candidate, then the directive.
 */
export async function completionAnswer(program: Command, words: readonly string[], environment: Environment): Promise<string> {
  const [before, current] = [words.slice(0, -1), words.at(-1) ?? ''];
  const completion = completionAt(program, before, current);
  if (completion.is === 'files') return `${MAY_ADD_FILES}\n`;
  const candidates = completion.is === 'these' ? completion.candidates
    : (await liveNames(completion.kind, clusterFlagsIn(before), environment)).filter((value) => value.startsWith(current)).map((value) => ({ value }));
  return [...candidates.map(lineOf), ADD_NOTHING].map((line) => `${line}\n`).join('');
}
