import { apiVersionOf } from '../k8s/resource.ts';
import { JSON_TYPE, positionAt, positionKey, Refused, refusalOf, type ScopedCall, type ScopedParts } from './call.ts';
import { ItemWriter, listHead, listTail, readItems } from './list-reader.ts';
import type { ListEnvelope } from './list-splitter.ts';
import { parsedBytes, placeOf } from './object-bytes.ts';
import { forbidden } from './refusal.ts';
import { listUrl } from './upstream-query.ts';

interface Page { readonly call: ScopedCall; readonly parts: ScopedParts; readonly view: ReadonlySet<string>; readonly writer: ItemWriter }

async function page({ call: { kind, query, out }, parts, view, writer }: Page, next: string): Promise<ListEnvelope> {
  const answer = await parts.upstream.send({ method: 'GET', url: listUrl(kind, query, { next }), signal: out.signal });
  if (answer.status !== 200) throw new Refused(await refusalOf(answer));
  if (!out.hasBegun) {
    out.begin(200, JSON_TYPE);
    await out.write(listHead(kind.type.kind, apiVersionOf(kind.type)));
  }
  return readItems(answer, async (item) => {
    const place = placeOf(kind, parsedBytes(item));
    if (place !== undefined && view.has(place)) await writer.add(item);
  });
}

/**
 * Answers a list of the cluster with what is in the mesh. Read with our own account page by page, passed on as it is read; the answer is one page,
 * since the token of a next one would name a stranger's object. The resource version is the API server's.
 */
export async function answerFilteredList(call: ScopedCall, parts: ScopedParts): Promise<void> {
  const view = parts.views.of(call.caller.home)?.namespaces;
  if (view === undefined) throw new Refused(forbidden('the mesh is gone'));
  const writer = new ItemWriter((bytes) => call.out.write(bytes));
  let revision = '';
  for (let next: string | undefined = ''; next !== undefined;) {
    const envelope: ListEnvelope = await page({ call, parts, view, writer }, next);
    revision = envelope.revision;
    next = envelope.next === '' ? undefined : envelope.next;
  }
  await call.out.flush();
  // Before the last byte: whoever has the whole list may open a watch at once.
  parts.positions.add(positionKey(call), positionAt(parts, revision, view));
  await call.out.write(listTail(revision));
  await call.out.end();
}
