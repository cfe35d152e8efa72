import { setTimeout as sleep } from 'node:timers/promises';
import { apiVersionOf } from '../k8s/resource.ts';
import { JSON_TYPE, watchSeconds, type ScopedCall } from './call.ts';
import { listHead, listTail } from './list-reader.ts';

/** Of lists that never change. */
const FIRST = '1';

/** Answers with an empty list, or with a watch in which nothing ever happens. */
export async function answerEmpty({ kind: { type }, query, out }: ScopedCall): Promise<void> {
  out.begin(200, JSON_TYPE);
  if (query.isWatch) await sleep(watchSeconds(query) * 1000, undefined, { signal: out.signal }).catch(() => undefined);
  else await out.write(listHead(type.kind, apiVersionOf(type)) + listTail(FIRST));
  if (!out.signal.aborted) await out.end();
}
