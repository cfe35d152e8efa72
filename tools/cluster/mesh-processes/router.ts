import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ApiClient } from '../api-client.ts';
import { followCollection } from '../list-watch.ts';
import { routeBackends, routeFor, type RoutedRoute } from './router-table.ts';
import type { Backend, ServiceTable } from './service-table.ts';

/** What OpenShift's router says when it has no Route or no endpoint. */
function refuse(response: ServerResponse): void {
  response.writeHead(503, { 'content-type': 'text/html' }).end('<h1>Application is not available</h1>\n');
}

function forward(incoming: IncomingMessage, response: ServerResponse, { address, port }: Backend): void {
  const { host, ...rest } = incoming.headers;
  const headers = { host, ...rest, 'x-forwarded-for': incoming.socket.remoteAddress, 'x-forwarded-host': host, 'x-forwarded-proto': 'http' };
  const outgoing = request({ host: address, port, method: incoming.method, path: incoming.url, headers, agent: false }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  outgoing.once('error', () => { if (!response.headersSent) refuse(response); else response.destroy(); });
  incoming.pipe(outgoing);
}

/** Plays OpenShift's default router for plain HTTP: Host and path choose a Route, the Route a Service, and an endpoint of that gets the request. */
export class Router {
  readonly #stopped = new AbortController();
  readonly #routes = new Map<string, RoutedRoute>();
  readonly #followed: Promise<void>;
  readonly #server: Server;
  #turn = 0;

  constructor(client: ApiClient, table: ServiceTable) {
    this.#followed = followCollection<RoutedRoute>(client, '/apis/route.openshift.io/v1/routes', {
      onList: (routes) => {
        this.#routes.clear();
        for (const route of routes) this.#routes.set(route.metadata.uid, route);
      },
      onChange: (route, isGone) => {
        if (isGone) this.#routes.delete(route.metadata.uid);
        else this.#routes.set(route.metadata.uid, route);
      },
    }, this.#stopped.signal);
    this.#server = createServer((incoming, response) => {
      const host = (incoming.headers.host ?? '').replace(/:\d+$/, '');
      const route = routeFor([...this.#routes.values()], host, (incoming.url ?? '/').split('?')[0] ?? '/');
      const backends = route === undefined ? [] : routeBackends(route, table);
      const chosen = backends[this.#turn % Math.max(backends.length, 1)];
      this.#turn += 1;
      if (chosen === undefined) refuse(response);
      else forward(incoming, response, chosen);
    });
  }

  async start(address: string, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, address, resolve);
    });
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#server.close();
    this.#server.closeAllConnections();
    await this.#followed;
  }
}
