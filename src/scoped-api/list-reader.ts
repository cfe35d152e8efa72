import type { RawAnswer } from '../runtime/raw-upstream.ts';
import { ListSplitter, type ListEnvelope } from './list-splitter.ts';

/** Reads a list as it comes, one item after the other. Out: what the list says of itself. */
export async function readItems(answer: RawAnswer, use: (item: Buffer) => Promise<void>): Promise<ListEnvelope> {
  const splitter = new ListSplitter();
  for await (const chunk of answer.body) for (const item of splitter.push(chunk)) await use(item);
  return splitter.end();
}

/** Puts commas between the items of an answer. */
export class ItemWriter {
  readonly #write: (bytes: Uint8Array | string) => Promise<void>;
  #isFirst = true;

  constructor(write: (bytes: Uint8Array | string) => Promise<void>) {
    this.#write = write;
  }

  readonly add = async (item: Buffer): Promise<void> => {
    if (!this.#isFirst) await this.#write(',');
    this.#isFirst = false;
    await this.#write(item);
  };
}

/** The beginning of a list; its metadata come last, when they are known. */
export function listHead(kind: string, apiVersion: string): string {
  return `{"kind":${JSON.stringify(`${kind}List`)},"apiVersion":${JSON.stringify(apiVersion)},"items":[`;
}

export function listTail(revision: string): string {
  return `],"metadata":{"resourceVersion":${JSON.stringify(revision)}}}\n`;
}
