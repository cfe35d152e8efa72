import { request, type IncomingHttpHeaders } from 'node:http';

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Asking {
  readonly method?: string;
  /** The Host header; the address is only where the connection goes. */
  readonly host?: string;
  readonly body?: string;
  readonly timeoutMs?: number;
}

/** One request on a connection of its own, like curl's. Rejects when there is no answer. */
export function ask(url: string, { method = 'GET', host, body, timeoutMs = 10_000 }: Asking = {}): Promise<Answer> {
  const headers = {
    ...(host === undefined ? {} : { host }),
    ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers, agent: false, timeout: timeoutMs }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => { chunks.push(chunk); });
      response.once('error', reject);
      response.once('end', () => { resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString('utf8') }); });
    });
    outgoing.once('timeout', () => outgoing.destroy(new Error(`no answer in ${timeoutMs / 1000} s`)));
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

/** A few words on an answer, for people. */
export function wordsOf({ status, headers, body }: Answer): string {
  return `${status} server: ${headers['server'] ?? '-'} ${body.trim().slice(0, 300)}`;
}
