import { createServer, type Server, type ServerResponse } from 'node:http';
import { messageOf } from '../lib/result.ts';

/** One thing that must hold: its name for the answer, and whether it does. */
export interface HealthCheck {
  readonly name: string;
  readonly isFine: () => boolean;
}

/** What a path answers. */
export interface Page {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** A path and how its answer is made. */
export type Pages = Readonly<Record<string, () => Page | Promise<Page>>>;

/** A small HTTP server that listens. `port` is the real one, also when 0 was asked for. */
export interface PageServer {
  readonly port: number;
  close(): Promise<void>;
}

/** 200 `ok`, or 503 with the names of what does not hold. A check that throws does not hold. */
export function pageOf(checks: readonly HealthCheck[]): Page {
  const failing = checks.filter(({ isFine }) => !holds(isFine)).map(({ name }) => name);
  const body = failing.length === 0 ? 'ok' : failing.map((name) => `not ready: ${name}`).join('\n');
  return { status: failing.length === 0 ? 200 : 503, contentType: 'text/plain; charset=utf-8', body: `${body}\n` };
}

function holds(isFine: () => boolean): boolean {
  try {
    return isFine();
  } catch {
    return false;
  }
}

/**
 * The pages of kubelet's probes. `ready`: caches synced, webhooks serve. `live`: answered at all, plus what is given;
 * never give it the API server: an outage there must not restart us.
 */
export function healthPages(checks: { readonly ready: readonly HealthCheck[]; readonly live?: readonly HealthCheck[] }): Pages {
  const live = (): Page => pageOf(checks.live ?? []);
  return { '/healthz': live, '/livez': live, '/readyz': () => pageOf(checks.ready) };
}

/** The page that Prometheus reads. */
export function metricsPages(text: () => Promise<string>): Pages {
  return { '/metrics': async () => ({ status: 200, contentType: 'text/plain; version=0.0.4; charset=utf-8', body: await text() }) };
}

/** Serves pages over plain HTTP. Rejects when the address cannot be listened on. */
export async function servePages(pages: Pages, at: { readonly host: string; readonly port: number }): Promise<PageServer> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    void send(pages, path, { response, isHead: request.method === 'HEAD' });
  });
  server.keepAliveTimeout = 5_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : at.port, close: () => closed(server) };
}

async function send(pages: Pages, path: string, to: { readonly response: ServerResponse; readonly isHead: boolean }): Promise<void> {
  const { status, contentType, body } = await answer(pages, path);
  to.response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' });
  to.response.end(to.isHead ? undefined : body);
}

async function answer(pages: Pages, path: string): Promise<Page> {
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (page === undefined) return { status: 404, contentType: 'text/plain; charset=utf-8', body: 'not found\n' };
  try {
    return await page();
  } catch (error) {
    return { status: 500, contentType: 'text/plain; charset=utf-8', body: `${messageOf(error)}\n` };
  }
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
