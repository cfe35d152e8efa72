import { apiVersionOf } from '../k8s/resource.ts';
import { JSON_TYPE, whenOver, type ScopedCall, type ScopedParts } from './call.ts';
import { listHead, listTail } from './list-reader.ts';

/** Of lists that never change. */
const FIRST = '1';

/** Answers with an empty list, or with a watch in which nothing ever happens. */
export async function answerEmpty({ kind: { type }, query, out }: ScopedCall, parts: ScopedParts): Promise<void> {
  if (query.isWatch) {
    out.beginWatch();
    const { promise, resolve } = Promise.withResolvers<void>();
    const callOff = whenOver(query, parts, resolve);
    out.signal.addEventListener('abort', () => { resolve(); });
    if (out.signal.aborted) resolve();
    await promise;
    callOff();
  } else {
    out.begin(200, JSON_TYPE);
    await out.write(listHead(type.kind, apiVersionOf(type)) + listTail(FIRST));
  }
  if (!out.signal.aborted) await out.end();
}
