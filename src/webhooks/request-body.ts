import type { IncomingMessage } from 'node:http';

/**
 * The body of a request as text. Undefined when it is longer than `limit` bytes; the rest is thrown away as it comes.
 * Rejects when the connection breaks.
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= limit) chunks.push(chunk);
    else chunks.length = 0;
    // A sender that does not stop is not listened to for ever.
    if (length > 4 * limit) return undefined;
  }
  return length > limit ? undefined : Buffer.concat(chunks).toString('utf8');
}
