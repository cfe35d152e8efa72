import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';

/** An answer outside 2xx. */
export class ApiFailure extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'ApiFailure';
    this.status = status;
  }
}

export interface ApiCall {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
  readonly contentType?: string;
}

/**
 * What the stand-ins of this harness need of the Kubernetes API. It is not the operator's client on purpose: a fault in the one must
 * not be hidden by the same fault in the other.
 */
export interface ApiClient {
  /** Sends and parses the JSON answer; throws ApiFailure for an answer outside 2xx. */
  call<T>(path: string, call?: ApiCall): Promise<T>;
  /** The lines of a watch, parsed, until the server ends it. */
  lines(path: string, signal: AbortSignal): AsyncIterable<unknown>;
  close(): void;
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function failureOf(response: IncomingMessage, text: string): ApiFailure {
  let message = text.slice(0, 300);
  try {
    message = (JSON.parse(text) as { message?: string }).message ?? message;
  } catch {
    // Not a Status object: its beginning will do.
  }
  return new ApiFailure(response.statusCode ?? 0, message);
}

function isSuccess(response: IncomingMessage): boolean {
  const status = response.statusCode ?? 0;
  return status >= 200 && status < 300;
}

/** Cuts a stream into lines and parses each. */
async function* parseLines(response: IncomingMessage): AsyncIterable<unknown> {
  let rest = '';
  response.setEncoding('utf8');
  for await (const chunk of response as AsyncIterable<string>) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) if (line !== '') yield JSON.parse(line);
  }
}

interface Body {
  readonly text: string;
  readonly headers: Readonly<Record<string, string | number>>;
}

function encode(value: unknown, contentType: string): Body {
  const text = JSON.stringify(value);
  return { text, headers: { 'content-type': contentType, 'content-length': Buffer.byteLength(text) } };
}

/** A client for one server, one CA and one bearer token. */
export function connect(server: string, ca: string, token: string): ApiClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 32, ca });
  const send = (path: string, options: RequestOptions, body?: Body): Promise<IncomingMessage> => new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json', ...body?.headers };
    const outgoing = httpsRequest(new URL(path, server), { ...options, agent, ca, headers }, resolve);
    outgoing.once('timeout', () => outgoing.destroy(new Error(`no answer from ${server}${path}`)));
    outgoing.once('error', reject);
    outgoing.end(body?.text);
  });
  return {
    call: async <T>(path: string, { method = 'GET', body, contentType = 'application/json' }: ApiCall = {}): Promise<T> => {
      const response = await send(path, { method, timeout: 30_000 }, body === undefined ? undefined : encode(body, contentType));
      const text = await textOf(response);
      if (!isSuccess(response)) throw failureOf(response, text);
      return (text.startsWith('{') ? JSON.parse(text) : text) as T;
    },
    lines: async function* (path, signal) {
      const response = await send(path, { method: 'GET', signal });
      if (!isSuccess(response)) throw failureOf(response, await textOf(response));
      yield* parseLines(response);
    },
    close: () => { agent.destroy(); },
  };
}
