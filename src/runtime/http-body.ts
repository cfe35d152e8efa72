import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Dispatcher } from 'undici';

/** An answer whose headers have come. */
export type Answer = Dispatcher.ResponseData;

/** One header, or undefined. */
export function headerOf(answer: Answer, name: string): string | undefined {
  const value = answer.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** The whole body as text. Throws what the connection throws, also when the body is shorter than announced. */
export async function readText(answer: Answer): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of unpacked(answer)) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

/** The body as it comes; leaving the loop early breaks the connection off. */
export function readParts(answer: Answer): AsyncIterable<Uint8Array> {
  return unpacked(answer);
}

/** We never ask for compression, yet a proxy may compress. */
function unpacked(answer: Answer): Readable {
  if (headerOf(answer, 'content-encoding') !== 'gzip') return answer.body;
  const gunzip = createGunzip();
  // The iteration of `gunzip` throws what goes wrong on either side; the callback only has to be there.
  pipeline(answer.body, gunzip, () => undefined);
  return gunzip;
}
