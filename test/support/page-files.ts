import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE_THEN_BLOCK = /^`([\w./-]+\.yaml)`[^\n]*\n(?:[^\n`]+\n)*\n```yaml\n([\s\S]*?)^```$/gm;

/** The files a page of docs/ shows: a paragraph that begins with the name in backquotes, then a YAML block. */
export function filesOfPage(page: string): ReadonlyMap<string, string> {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', page), 'utf8');
  return new Map([...text.matchAll(FILE_THEN_BLOCK)].map(([, name = '', body = '']) => [name, body]));
}
