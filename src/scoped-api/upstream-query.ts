import { resourcePath, type ResourceType } from '../k8s/resource.ts';
import type { ScopedKind } from '../api/istiod-calls.ts';
import type { ListQuery } from './list-query.ts';

/** Page size of lists we read; each page is passed on before the next is asked for. */
const PAGE = '500';

type Words = Readonly<Record<string, string | undefined>>;

function urlOf(type: ResourceType, namespace: string | undefined, words: Words): string {
  const given = Object.entries(words).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '');
  return `${resourcePath(type, { namespace })}?${new URLSearchParams(given)}`;
}

const selectors = ({ labelSelector, fieldSelector }: ListQuery): Words => ({ labelSelector, fieldSelector });

/**
 * A page of a list. `namespace` left out: of the whole cluster. Whoever names a resource version and asks for everything at once means "not older than that"; with our
 * `limit` the API server would take it for "exactly that" (Kubernetes doc "API concepts", resourceVersion of lists), and a client that lists anew because its
 * version is too old to watch from would get the same one again and again.
 */
export function listUrl({ type }: ScopedKind, query: ListQuery, { namespace, next }: { readonly namespace?: string; readonly next: string }): string {
  const { resourceVersion } = query;
  const isOpen = resourceVersion !== '' && resourceVersion !== '0' && query.resourceVersionMatch === undefined;
  const version = next === '' ? { resourceVersion, resourceVersionMatch: isOpen ? 'NotOlderThan' : query.resourceVersionMatch } : { continue: next };
  return urlOf(type, namespace, { ...selectors(query), limit: PAGE, ...version });
}

/** What one namespace held at a resource version, and nothing later. */
export function exactUrl({ type, scope }: ScopedKind, query: ListQuery, namespace: string, resourceVersion: string): string {
  const at = { resourceVersion, resourceVersionMatch: 'Exact' };
  if (scope !== 'names') return urlOf(type, namespace, { ...selectors(query), ...at });
  const byName = `metadata.name=${namespace}`;
  const fieldSelector = query.fieldSelector === undefined ? byName : `${query.fieldSelector},${byName}`;
  return urlOf(type, undefined, { labelSelector: query.labelSelector, fieldSelector, ...at });
}

/** A watch. */
export function watchUrl({ type }: ScopedKind, query: ListQuery, { namespace, resourceVersion, seconds }: { readonly namespace?: string; readonly resourceVersion: string; readonly seconds: number }): string {
  return urlOf(type, namespace, { ...selectors(query), watch: 'true', allowWatchBookmarks: 'true', resourceVersion, timeoutSeconds: String(seconds) });
}
