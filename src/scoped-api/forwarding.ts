import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { RawUpstream } from '../runtime/raw-upstream.ts';
import { Refused } from './call.ts';
import type { Outgoing } from './outgoing.ts';
import { tooLarge } from './refusal.ts';

export type RawIncoming = IncomingMessage | Http2ServerRequest;

/** The API server takes no more either. */
const MAX_BODY_BYTES = 3 * 1024 * 1024;

/** The body of a request, bounded. Throws Refused. */
export async function bodyOf(request: RawIncoming): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_BODY_BYTES) throw new Refused(tooLarge(`the body is larger than ${MAX_BODY_BYTES} bytes`));
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** What is passed on as it is. Left out `bearer`: with our own account. */
export interface Forwarded {
  readonly request: RawIncoming;
  readonly url: string;
  readonly bearer?: string;
}

const headerText = (value: string | readonly string[] | undefined): string | undefined => (typeof value === 'string' ? value : undefined);

/**
 * Passes one request on and its answer back, bytes as they are. Of the headers only Accept and Content-Type go along: whoever asks is said by the
 * token alone.
 */
export async function forward({ request, url, bearer }: Forwarded, upstream: RawUpstream, out: Outgoing): Promise<void> {
  const method = request.method ?? 'GET';
  const body = method === 'GET' ? undefined : await bodyOf(request);
  const [accept, contentType] = [headerText(request.headers.accept), headerText(request.headers['content-type'])];
  const answer = await upstream.send({
    method, url, signal: out.signal, ...(accept === undefined ? {} : { accept }), ...(bearer === undefined ? {} : { bearer }),
    ...(body === undefined || body.length === 0 ? {} : { body, contentType: contentType ?? 'application/json' }),
  });
  out.begin(answer.status, answer.contentType, answer.retryAfter === undefined ? {} : { 'retry-after': answer.retryAfter });
  for await (const chunk of answer.body) {
    await out.write(chunk);
    await out.flush();
  }
  await out.end();
}
