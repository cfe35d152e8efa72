import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import type { ApiClient } from '../api-client.ts';
import type { Backend, ServiceTable } from '../service-table.ts';
import { RouteMirror } from './route-mirror.ts';
import { routeBackends, routeFor } from './route-table.ts';

/** A connection that did not come about carried no request: HAProxy tries again then, three times, a second apart (`retries`, `option redispatch`). */
const RETRIES = 3;
const RETRY_PAUSE_MS = 1000;

function refuse(response: ServerResponse, why: string): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(503, { 'content-type': 'text/plain' }).end(`router: ${why}\n`);
}

/** One request on its way. `next` gives the endpoint whose turn it is, at the moment of asking. */
interface Exchange {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly next: () => Backend | undefined;
}

/** A connection of its own to the endpoint, which closes it: a kept one would hide what changes behind it. */
function forward(exchange: Exchange, retries: number): void {
  const { incoming, response, next } = exchange;
  const target = next();
  if (target === undefined) {
    refuse(response, `no endpoint for ${incoming.headers.host ?? 'a request without a host'}`);
    return;
  }
  const headers = { ...incoming.headers, 'x-forwarded-for': incoming.socket.remoteAddress, 'x-forwarded-host': incoming.headers.host, 'x-forwarded-proto': 'http' };
  const outgoing = request({ host: target.address, port: target.port, agent: false, method: incoming.method, path: incoming.url, headers }, (answer) => {
    if (response.destroyed) {
      answer.destroy();
      return;
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    pipeline(answer, response, () => undefined);
  });
  let isConnected = false;
  outgoing.once('socket', (socket) => socket.once('connect', () => {
    isConnected = true;
    pipeline(incoming, outgoing, () => undefined);
  }));
  outgoing.once('error', (error) => {
    if (isConnected || retries === 0) refuse(response, error.message);
    else setTimeout(() => { forward(exchange, retries - 1); }, RETRY_PAUSE_MS);
  });
}

/** Plays OpenShift's default router for plain HTTP: host and path choose a Route, the Route a Service, and an endpoint of that gets the request. */
export class Router {
  readonly #table: ServiceTable;
  readonly #routes: RouteMirror;
  readonly #server: Server;
  #turn = 0;

  /** In: the API, and where Services lead; the table stays the caller's to stop. */
  constructor(client: ApiClient, table: ServiceTable) {
    this.#table = table;
    this.#routes = new RouteMirror(client);
    this.#server = createServer((incoming, response) => { forward({ incoming, response, next: () => this.#next(incoming) }, RETRIES); });
  }

  async start(address: string, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, address, resolve);
    });
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await this.#routes.stop();
  }

  #next({ headers, url = '/' }: IncomingMessage): Backend | undefined {
    const route = routeFor(this.#routes.routes(), headers.host ?? '', url.split('?')[0] ?? '/');
    const backends = route === undefined ? [] : routeBackends(route, this.#table);
    const chosen = backends[this.#turn % Math.max(backends.length, 1)];
    this.#turn += 1;
    return chosen;
  }
}
