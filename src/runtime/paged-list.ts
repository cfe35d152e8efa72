import { isJsonObject } from '../lib/json.ts';
import type { KubeObject } from '../k8s/object.ts';
import { resourcePath } from '../k8s/resource.ts';
import type { Source } from './controller.ts';
import { FrameError } from './frame-decoder.ts';
import type { Rest } from './rest.ts';
import { listAccept, readObject } from './watch-event.ts';

/** A complete list and the position it stands for. */
export interface Listed {
  readonly objects: readonly KubeObject[];
  readonly resourceVersion: string;
  readonly pages: number;
}

/** How to list. */
export interface ListOptions {
  readonly pageSize: number;
  /** At least as new as this; '0' takes what the server has at hand, '' asks for the newest (Kubernetes doc "Resource versions"). */
  readonly notOlderThan: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onPage: () => void;
}

/**
 * Lists a source page by page. Throws ApiError as it comes; 410 in the middle means that the list has to start over,
 * because what the earlier pages showed is gone.
 */
export async function listAll(rest: Rest, source: Source, options: ListOptions): Promise<Listed> {
  const objects: KubeObject[] = [];
  let position: string | undefined;
  let pages = 0;
  for (let next: string | undefined = ''; next !== undefined; pages += 1) {
    const answer: Page = readPage(await getPage(rest, source, options, next));
    options.onPage();
    for (const item of answer.items) objects.push(readObject(item, source));
    position ??= answer.resourceVersion;
    next = answer.next;
  }
  return { objects, resourceVersion: position ?? '', pages };
}

function getPage(rest: Rest, source: Source, options: ListOptions, next: string): Promise<unknown> {
  const { pageSize, notOlderThan, timeoutMs, signal } = options;
  // The position is part of the continue token; sending both is refused.
  const from = next === '' && notOlderThan !== '' ? { resourceVersion: notOlderThan, resourceVersionMatch: 'NotOlderThan' } : {};
  const { labelSelector, fieldSelector } = source;
  const query = { ...from, limit: pageSize, continue: next === '' ? undefined : next, labelSelector, fieldSelector };
  return rest.call<unknown>({ method: 'GET', path: resourcePath(source.type), query, accept: listAccept(source), timeoutMs, signal });
}

interface Page {
  readonly items: readonly unknown[];
  readonly resourceVersion: string;
  readonly next: string | undefined;
}

function readPage(answer: unknown): Page {
  const metadata = isJsonObject(answer) ? answer['metadata'] : undefined;
  const items = isJsonObject(answer) ? answer['items'] : undefined;
  if (!isJsonObject(metadata) || typeof metadata['resourceVersion'] !== 'string' || !(Array.isArray(items) || items === null || items === undefined)) {
    throw new FrameError('malformed', 'the answer to a list is not a list');
  }
  const token = metadata['continue'];
  return { items: items ?? [], resourceVersion: metadata['resourceVersion'], next: typeof token === 'string' && token !== '' ? token : undefined };
}
