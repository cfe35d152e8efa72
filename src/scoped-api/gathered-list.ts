import { apiVersionOf } from '../k8s/resource.ts';
import { isAtLeast } from '../runtime/resource-version.ts';
import type { RawAnswer } from '../runtime/raw-upstream.ts';
import { JSON_TYPE, positionAt, positionKey, Refused, refusalOf, type ScopedCall, type ScopedParts } from './call.ts';
import { ItemWriter, listHead, listTail, readItems } from './list-reader.ts';
import { nameOf, parsedBytes } from './object-bytes.ts';
import type { Gathered } from './positions.ts';
import { invalid, forbidden } from './refusal.ts';
import { listUrl } from './upstream-query.ts';

/** Lists asked for ahead of the one that is being passed on; the connection holds them back, we hold nothing. */
const AHEAD = 8;

/** Asks for one page of one namespace with the caller's own token. */
export function askNamespace({ kind, query, caller, out }: ScopedCall, parts: ScopedParts, at: { readonly namespace: string; readonly next: string }): Promise<RawAnswer> {
  return parts.upstream.send({ method: 'GET', url: listUrl(kind, query, at), bearer: caller.token, isShared: true, signal: out.signal });
}

/** True when Kubernetes does not let the caller read there (or no more): the namespace shows nothing. */
export function isClosed({ status }: RawAnswer): boolean {
  return status === 403 || status === 404;
}

/** All pages of one namespace. Out: its resource version; undefined where the caller may not read. */
export async function readNamespace(call: ScopedCall, parts: ScopedParts, { namespace, first, use }: { readonly namespace: string; readonly first: Promise<RawAnswer>; readonly use: (item: Buffer) => Promise<void> }): Promise<string | undefined> {
  let answer = await first;
  if (isClosed(answer)) {
    await answer.dump();
    return undefined;
  }
  for (;;) {
    if (answer.status !== 200) throw new Refused(await refusalOf(answer));
    const { revision, next } = await readItems(answer, use);
    if (next === '') return revision;
    answer = await askNamespace(call, parts, { namespace, next });
  }
}

async function passAll(call: ScopedCall, parts: ScopedParts, namespaces: readonly string[]): Promise<Map<string, Gathered>> {
  const writer = new ItemWriter((bytes) => call.out.write(bytes));
  const asked: Promise<RawAnswer>[] = [];
  const gathered = new Map<string, Gathered>();
  const askAhead = (until: number): void => {
    for (const namespace of namespaces.slice(asked.length, until)) {
      const answer = askNamespace(call, parts, { namespace, next: '' });
      // It is awaited later; until then its failure is nobody's.
      answer.catch(() => undefined);
      asked.push(answer);
    }
  };
  for (const [at, namespace] of namespaces.entries()) {
    askAhead(at + AHEAD);
    const first = asked[at] ?? askNamespace(call, parts, { namespace, next: '' });
    const names = new Set<string>();
    const use = async (item: Buffer): Promise<void> => {
      names.add(nameOf(parsedBytes(item)));
      await writer.add(item);
    };
    const revision = await readNamespace(call, parts, { namespace, first, use });
    if (revision !== undefined) gathered.set(namespace, { revision, names });
  }
  return gathered;
}

/**
 * Answers a list of the cluster by listing each namespace of the mesh with the caller's own token. Where Kubernetes refuses, the namespace
 * shows nothing. The resource version given out is the newest of them and means something only together with the position kept here.
 */
export async function answerGatheredList(call: ScopedCall, parts: ScopedParts): Promise<void> {
  const { kind: { type }, query, caller, out } = call;
  const view = parts.views.of(caller.home)?.namespaces;
  if (view === undefined) throw new Refused(forbidden('the mesh is gone'));
  if (query.resourceVersionMatch === 'Exact') throw new Refused(invalid('resourceVersionMatch=Exact is not served for this kind'));
  out.begin(200, JSON_TYPE);
  await out.write(listHead(type.kind, apiVersionOf(type)));
  const gathered = await passAll(call, parts, [...view].toSorted());
  const newest = [...gathered.values()].map(({ revision }) => revision).reduce((a, b) => (isAtLeast(a, b) ? a : b), '1');
  await out.flush();
  parts.positions.add(positionKey(call), positionAt(parts, newest, view, gathered));
  await out.write(listTail(newest));
  await out.end();
}
