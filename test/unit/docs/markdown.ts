import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..', '..');

/** A page of the project's documentation. */
export interface Page {
  /** Relative to the project. */
  readonly path: string;
  readonly text: string;
}

/** README, CHANGELOG and every page below docs. */
export function pages(): readonly Page[] {
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md')).map((file) => join('docs', file));
  return ['README.md', 'CHANGELOG.md', ...docs.toSorted()].map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** A block between fences. */
export interface Block {
  readonly page: string;
  readonly language: string;
  readonly lines: readonly string[];
}

/** All blocks of a page; a fence that is not closed reaches to the end. */
export function blocksOf({ path, text }: Page): readonly Block[] {
  return [...text.matchAll(/^```([^\n]*)\n([\s\S]*?)(?:^```$|(?![\s\S]))/gm)].map((match) => ({ page: path, language: match[1] ?? '', lines: (match[2] ?? '').split('\n') }));
}

/** A page without its blocks and code spans: what is left is prose. */
export function proseOf({ text }: Page): string {
  return text.replaceAll(/^```[\s\S]*?^```$/gm, '').replaceAll(/`[^`\n]*`/g, '');
}

const PROGRAMS = /^(?:tmesh|npm|npx|kubectl|oc|node|curl|podman|source|brew|helm|opm)\b/;

/**
 * Command lines of a block. In a transcript they stand behind `$ `, and all else is output; elsewhere each line that begins with a program is one.
 * Lines that end in a backslash are joined.
 */
export function commandsOf({ lines, language }: Block): readonly string[] {
  if (['yaml', 'json', 'mermaid', 'ts', 'lua'].includes(language)) return [];
  const joined = lines.join('\n').replaceAll(/\\\n\s*/g, ' ').split('\n');
  const isTranscript = joined.some((line) => line.trimStart().startsWith('$ '));
  const found = isTranscript ? joined.filter((line) => line.trimStart().startsWith('$ ')).map((line) => line.trimStart().slice(2)) : joined.map((line) => line.trim()).filter((line) => PROGRAMS.test(line));
  return found.map((line) => line.trim());
}

/** The words of a line as a shell would split them, and lines of a pipe or a list one by one; comments and redirections are left out. Variables stay as they are. */
export function wordsOf(line: string): readonly (readonly string[])[] {
  const commands: string[][] = [[]];
  for (const [token] of line.matchAll(/(?:'[^']*'|"[^"]*"|<\([^)]*\)|[^\s'"])+/g)) {
    if (token.startsWith('#') || token === '…') break;
    if (token === '|' || token === '&&' || token === ';') commands.push([]);
    else commands.at(-1)?.push(token.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'));
  }
  return commands.map((words) => {
    const redirect = words.findIndex((word) => /^\d?[<>]$/.test(word));
    return redirect < 0 ? words : words.slice(0, redirect);
  }).filter((words) => words.length > 0);
}

/** GitHub's anchor of a heading. */
export function anchorsOf({ text }: Page): ReadonlySet<string> {
  const headings = [...text.replaceAll(/^```[\s\S]*?^```$/gm, '').matchAll(/^#{1,6} +(.*)$/gm)].map((match) => match[1] ?? '');
  const seen = new Map<string, number>();
  return new Set(headings.map((heading) => {
    const anchor = heading.trim().toLowerCase().replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(/\s/g, '-');
    const count = seen.get(anchor) ?? 0;
    seen.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  }));
}
