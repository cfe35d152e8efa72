import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { ApiFailure, type ApiClient } from '../cluster/api-client.ts';
import { followCollection } from '../cluster/list-watch.ts';
import type { AnyObject } from '../cluster/list-watch.ts';
import { routeFor, targetOf, type Route, type ServiceView } from './route-table.ts';

/* What OpenShift's router does for plain HTTP: it follows Routes and leads each request to the Service of the one that matches. */

/** A running router. */
export interface Router {
  readonly host: string;
  readonly port: number;
  stop(): Promise<void>;
}

type RouteObject = Route & AnyObject;

class RouteFollower {
  readonly routes = new Map<string, RouteObject>();
  readonly #stopped = new AbortController();
  readonly #follower: Promise<void>;

  constructor(client: ApiClient) {
    this.#follower = followCollection<RouteObject>(client, '/apis/route.openshift.io/v1/routes', {
      onList: (routes) => {
        this.routes.clear();
        for (const route of routes) this.routes.set(route.metadata.uid, route);
      },
      onChange: (route, isGone) => {
        if (isGone) this.routes.delete(route.metadata.uid);
        else this.routes.set(route.metadata.uid, route);
      },
    }, this.#stopped.signal);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#follower;
  }
}

async function serviceOf(client: ApiClient, { metadata, spec }: Route): Promise<ServiceView | undefined> {
  try {
    return await client.call<ServiceView>(`/api/v1/namespaces/${metadata.namespace}/services/${spec.to.name}`);
  } catch (thrown) {
    if (thrown instanceof ApiFailure && thrown.status === 404) return undefined;
    throw thrown;
  }
}

function refuse(response: ServerResponse, why: string): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(503, { 'content-type': 'text/plain' }).end(`router: ${why}\n`);
}

/** A connection of its own to the target, which closes it: a kept one would hide what changes behind it. */
function forward(incoming: IncomingMessage, response: ServerResponse, target: { readonly host: string; readonly port: number }): void {
  const headers = { ...incoming.headers, 'x-forwarded-host': incoming.headers.host ?? '', 'x-forwarded-proto': 'http' };
  const outgoing = request({ ...target, agent: false, method: incoming.method ?? 'GET', path: incoming.url ?? '/', headers }, (answer) => {
    if (response.destroyed) {
      answer.destroy();
      return;
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    pipeline(answer, response, () => undefined);
  });
  outgoing.once('error', (error) => { refuse(response, error.message); });
  pipeline(incoming, outgoing, () => undefined);
}

async function serve(client: ApiClient, routes: readonly Route[], incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const { host = '' } = incoming.headers;
  const route = routeFor(routes, host, (incoming.url ?? '/').split('?')[0] ?? '/');
  if (route === undefined) {
    refuse(response, `no Route for ${host}`);
    return;
  }
  const service = await serviceOf(client, route);
  const target = service === undefined ? undefined : targetOf(route, service);
  if (target === undefined) refuse(response, `Route ${route.metadata.name} leads to no port of a Service`);
  else forward(incoming, response, target);
}

function listen(server: Server, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port: 80 }, () => { resolve(80); });
  });
}

/** Starts the router on port 80 of an address. */
export async function startRouter(client: ApiClient, host: string): Promise<Router> {
  const follower = new RouteFollower(client);
  const server = createServer((incoming, response) => {
    serve(client, [...follower.routes.values()], incoming, response).catch((thrown: unknown) => { refuse(response, thrown instanceof Error ? thrown.message : String(thrown)); });
  });
  const port = await listen(server, host);
  return {
    host, port,
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => { server.close(() => { resolve(); }); });
      await follower.stop();
    },
  };
}
