import { randomUUID } from 'node:crypto';
import { createServer, request, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/*
 * The workloads of the walk, as one Node program without dependencies: an image is a Node binary and this file. Every role answers
 * anything else with an echo, fails on demand and calls others, so that a request inside a mesh needs no shell in the image.
 */

/** What the app is, out of its environment: ROLE, NAME, VERSION, SAMPLE_URL. */
export interface AppConfig {
  readonly role: string;
  readonly name: string;
  readonly version: string;
  /** Where `caller` finds `sample`. */
  readonly sampleUrl: string;
}

interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly body: string;
}

interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Handler = (asked: Asked, config: AppConfig) => Answer | Promise<Answer>;

const SAMPLE_URL = 'http://sample.microsvc-sample.svc.cluster.local:8080';
const CALL_TIMEOUT_MS = 15_000;

/** Headers that keep the spans of one request together; an application hands them on (Istio doc "Distributed Tracing Overview"). */
const TRACE_HEADERS = ['x-request-id', 'traceparent', 'tracestate', 'b3', 'x-b3-traceid', 'x-b3-spanid', 'x-b3-parentspanid', 'x-b3-sampled', 'x-b3-flags'];

/** The configuration out of an environment. */
export function configFrom(env: Readonly<Record<string, string | undefined>>): AppConfig {
  const role = env['ROLE'] ?? 'echo';
  return { role, name: env['NAME'] ?? role, version: env['VERSION'] ?? 'v1', sampleUrl: env['SAMPLE_URL'] ?? SAMPLE_URL };
}

function json(status: number, value: unknown): Answer {
  return { status, type: 'application/json', body: JSON.stringify(value) };
}

function text(status: number, body: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: `${body}\n` };
}

async function bodyOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

interface Outgoing {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One request on a connection of its own: a kept one would show the mesh as it was before a change. */
async function send(url: string, { method, headers, body }: Outgoing): Promise<{ readonly response: IncomingMessage; readonly body: string }> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = request(url, { method, agent: false, timeout: CALL_TIMEOUT_MS, headers: { ...headers, 'content-length': Buffer.byteLength(body) } }, resolve);
    outgoing.once('timeout', () => outgoing.destroy(new Error(`no answer in ${CALL_TIMEOUT_MS / 1000} s`)));
    outgoing.once('error', reject);
    outgoing.end(body);
  });
  return { response, body: await bodyOf(response) };
}

function traceOf(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(TRACE_HEADERS.flatMap((name) => (typeof headers[name] === 'string' ? [[name, headers[name]]] : [])));
}

async function askSample({ headers, body }: Asked, { sampleUrl }: AppConfig): Promise<Answer> {
  try {
    const given = { 'content-type': headers['content-type'] ?? 'application/json', ...traceOf(headers) };
    const answer = await send(`${sampleUrl}/api/sample/apply`, { method: 'POST', headers: given, body });
    return { status: answer.response.statusCode ?? 502, type: answer.response.headers['content-type'] ?? 'text/plain', body: answer.body };
  } catch (thrown) {
    return json(502, { error: `sample: ${thrown instanceof Error ? thrown.message : String(thrown)}` });
  }
}

function forecast(): Answer {
  const summaries = ['Freezing', 'Chilly', 'Mild', 'Warm', 'Hot'];
  const day = (ahead: number): string => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);
  return json(200, summaries.map((summary, index) => {
    const temperatureC = -5 + index * 9;
    return { date: day(index + 1), temperatureC, temperatureF: 32 + Math.round(temperatureC * 1.8), summary };
  }));
}

/** What only one role answers, by role, method and path. `*` is any path. */
const ROLES: Readonly<Record<string, Handler>> = {
  'sample POST /api/sample/apply': () => json(201, { user_id: 39 }),
  'caller POST /api/caller/apply': askSample,
  'weather GET /weatherforecast': forecast,
  'el POST *': (_asked, { name }) => json(202, { eventListener: name, eventID: randomUUID() }),
};

async function callOnce(url: string, outgoing: Outgoing): Promise<string> {
  const started = performance.now();
  const seconds = (): string => ((performance.now() - started) / 1000).toFixed(2);
  try {
    const { response, body } = await send(url, outgoing);
    const { server = '-', 'x-version': version = '-' } = response.headers;
    return `${response.statusCode} ${server} ${String(version)} ${seconds()} ${body.trim().replaceAll('\n', ' ').slice(0, 200)}`;
  } catch (thrown) {
    return `000 - - ${seconds()} ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
}

/** `/call?url=&n=&par=&host=&method=&body=`: n requests, one line each: status server version seconds body; 000 when there was no answer. */
async function call({ url: { searchParams: query }, headers }: Asked): Promise<Answer> {
  const host = query.get('host');
  const outgoing = {
    method: query.get('method') ?? 'GET', body: query.get('body') ?? '',
    headers: { ...traceOf(headers), ...(host === null ? {} : { host }), ...(query.has('body') ? { 'content-type': 'application/json' } : {}) },
  };
  const indices = Array.from({ length: Number(query.get('n') ?? 1) }, (_, index) => index);
  const one = (): Promise<string> => callOnce(query.get('url') ?? '', outgoing);
  const lines: string[] = [];
  if (query.has('par')) lines.push(...await Promise.all(indices.map(one)));
  else for (const _ of indices) lines.push(await one());
  return text(200, lines.join('\n'));
}

async function pause({ url }: Asked, { version }: AppConfig): Promise<Answer> {
  await sleep(Number(url.pathname.split('/')[2]));
  return text(200, version);
}

function echo({ method, url, headers }: Asked, { name, version }: AppConfig): Answer {
  return json(200, { name, version, method, path: url.pathname, headers });
}

function handlerFor({ method, url }: Asked, { role }: AppConfig): Handler {
  const { pathname } = url;
  if (pathname === '/call') return call;
  if (/^\/sleep\/\d+$/.test(pathname)) return pause;
  return ROLES[`${role} ${method} ${pathname}`] ?? ROLES[`${role} ${method} *`] ?? echo;
}

/** The server of one role, not listening yet. */
export function createApp(config: AppConfig): Server {
  let isFailing = false;
  const answerTo = async (asked: Asked): Promise<Answer> => {
    const control = /^\/ctl\/fail\/(on|off)$/.exec(asked.url.pathname);
    if (control !== null) {
      isFailing = control[1] === 'on';
      return text(200, String(isFailing));
    }
    return isFailing ? text(503, 'failing') : handlerFor(asked, config)(asked, config);
  };
  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(incoming.url ?? '/', 'http://app');
    const { status, type = 'text/plain', body } = await answerTo({ method: incoming.method ?? 'GET', url, headers: incoming.headers, body: await bodyOf(incoming) });
    response.writeHead(status, { 'content-type': type, 'x-version': config.version }).end(body);
  };
  // Connections that idle are the proxy's to close: Node's own limit of 5 s would cut off requests that are on their way after a busy moment.
  return createServer({ keepAliveTimeout: 0 }, (incoming, response) => {
    serve(incoming, response).catch((thrown: unknown) => { response.destroy(thrown instanceof Error ? thrown : undefined); });
  });
}

if (import.meta.main) {
  const server = createApp(configFrom(process.env));
  // HOST: the address to listen on; every one by default, the loopback behind a sidecar that does not intercept.
  server.listen({ port: Number(process.env['PORT'] ?? 8080), host: process.env['HOST'] ?? '0.0.0.0' }, () => {
    process.stdout.write(`listening on ${JSON.stringify(server.address())}\n`);
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => { process.exit(0); });
}
