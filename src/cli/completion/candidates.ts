import type { Argument, Command, Option } from 'commander';

/** Something that could stand at the cursor. */
export interface Candidate {
  readonly value: string;
  readonly description?: string;
}

/** Names that only a cluster or a kubeconfig knows. */
export type LiveKind = 'namespaces' | 'meshes' | 'contexts';

/** What could stand at the cursor: names in hand, names to be asked for, or files. */
export type Completion =
  | { readonly is: 'these'; readonly candidates: readonly Candidate[] }
  | { readonly is: 'live'; readonly kind: LiveKind }
  | { readonly is: 'files' };

const NOTHING: Completion = { is: 'these', candidates: [] };
const FILES: Completion = { is: 'files' };

/** Values by the word between the brackets in `--flag <word>` and `command <word>`. */
const LIVE: Readonly<Record<string, LiveKind>> = { namespace: 'namespaces', mesh: 'meshes', context: 'contexts' };
const FILE_WORDS: ReadonlySet<string> = new Set(['file', 'folder']);

/** Flags whose word says nothing of their value. */
const LIVE_FLAGS: Readonly<Record<string, LiveKind>> = { namespace: 'namespaces', operatorNamespace: 'namespaces', context: 'contexts' };

function byWord(word: string): Completion {
  const kind = LIVE[word];
  if (kind !== undefined) return { is: 'live', kind };
  return FILE_WORDS.has(word) ? FILES : NOTHING;
}

const choicesOf = (choices: readonly string[]): Completion => ({ is: 'these', candidates: choices.map((value) => ({ value })) });

function valuesOf(option: Option): Completion {
  if (option.argChoices !== undefined) return choicesOf(option.argChoices);
  const kind = LIVE_FLAGS[option.attributeName()];
  return kind === undefined ? byWord(/<([^>]+)>/.exec(option.flags)?.[1] ?? '') : { is: 'live', kind };
}

function valuesOfArgument(argument: Argument | undefined): Completion {
  if (argument === undefined) return NOTHING;
  return argument.argChoices === undefined ? byWord(argument.name()) : choicesOf(argument.argChoices);
}

/** Where on the command line the cursor is. */
interface Place {
  readonly command: Command;
  /** The option whose value is at the cursor. */
  readonly option?: Option;
  /** Arguments before the cursor. */
  readonly given: number;
  readonly flags: ReadonlySet<Option>;
}

function optionOf(command: Command, word: string): Option | undefined {
  const [flag = ''] = word.split('=');
  return command.options.find((option) => option.long === flag || option.short === flag);
}

/** Follows the words before the cursor down the tree of commands. */
function placeOf(program: Command, words: readonly string[]): Place {
  let place: Place = { command: program, given: 0, flags: new Set() };
  for (const word of words) {
    if (place.option !== undefined) place = { command: place.command, given: place.given, flags: place.flags };
    else if (word.startsWith('-')) place = afterFlag(place, word);
    else {
      const below = place.command.commands.find((command) => command.name() === word || command.aliases().includes(word));
      place = below === undefined ? { ...place, given: place.given + 1 } : { command: below, given: 0, flags: new Set() };
    }
  }
  return place;
}

function afterFlag(place: Place, word: string): Place {
  const option = optionOf(place.command, word);
  if (option === undefined) return place;
  const flags = new Set([...place.flags, option]);
  return option.required && !word.includes('=') ? { ...place, flags, option } : { ...place, flags };
}

function flagsOf({ command, flags }: Place): Candidate[] {
  const open = command.options.filter((option) => !option.hidden && (!flags.has(option) || Array.isArray(option.defaultValue)));
  return [...open.map((option) => ({ value: option.long ?? option.short ?? '', description: option.description })), { value: '--help', description: 'display help for command' }];
}

/**
 * What could stand at the cursor. In: the tree of commands, the words between the program's name and the cursor, and the beginning of a word at
 * the cursor. Names that are in hand are narrowed to that beginning.
 */
export function completionAt(program: Command, words: readonly string[], current: string): Completion {
  const place = placeOf(program, words);
  const narrowed = (completion: Completion): Completion =>
    completion.is === 'these' ? { is: 'these', candidates: completion.candidates.filter(({ value }) => value.startsWith(current)) } : completion;
  if (place.option !== undefined) return narrowed(valuesOf(place.option));
  if (current.startsWith('-')) return narrowed({ is: 'these', candidates: flagsOf(place) });
  if (place.command.commands.length > 0) return narrowed({ is: 'these', candidates: place.command.commands.map((command) => ({ value: command.name(), description: command.description() })) });
  return narrowed(valuesOfArgument(place.command.registeredArguments[place.given]));
}
