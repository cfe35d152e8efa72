import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import type { ApiClient } from '../cluster/api-client.ts';
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

/** The newest state of every object of one collection. */
class Collection<T extends AnyObject> {
  readonly #objects = new Map<string, T>();
  readonly #stopped = new AbortController();
  readonly #follower: Promise<void>;

  constructor(client: ApiClient, path: string) {
    this.#follower = followCollection<T>(client, path, {
      onList: (objects) => {
        this.#objects.clear();
        for (const object of objects) this.#objects.set(object.metadata.uid, object);
      },
      onChange: (object, isGone) => {
        if (isGone) this.#objects.delete(object.metadata.uid);
        else this.#objects.set(object.metadata.uid, object);
      },
    }, this.#stopped.signal);
  }

  get all(): readonly T[] {
    return [...this.#objects.values()];
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#follower;
  }
}

/** What the router knows: as OpenShift's does, it follows Routes and Services and asks nobody while it serves. */
class Table {
  readonly #routes: Collection<Route & AnyObject>;
  readonly #services: Collection<ServiceView & AnyObject>;

  constructor(client: ApiClient) {
    this.#routes = new Collection(client, '/apis/route.openshift.io/v1/routes');
    this.#services = new Collection(client, '/api/v1/services');
  }

  routeFor(host: string, path: string): Route | undefined {
    return routeFor(this.#routes.all, host, path);
  }

  serviceOf({ metadata: { namespace }, spec }: Route): ServiceView | undefined {
    return this.#services.all.find(({ metadata }) => metadata.name === spec.to.name && metadata.namespace === namespace);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#routes.stop(), this.#services.stop()]);
  }
}

function refuse(response: ServerResponse, why: string): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(503, { 'content-type': 'text/plain' }).end(`router: ${why}\n`);
}

/** A connection that did not come about carried no request: HAProxy tries again then, three times, a second apart (`retries`, `option redispatch`). */
const RETRIES = 3;
const RETRY_PAUSE_MS = 1000;

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: { readonly host: string; readonly port: number };
}

/** A connection of its own to the target, which closes it: a kept one would hide what changes behind it. */
function forward(exchange: Exchange, retries: number): void {
  const { incoming, response, target } = exchange;
  const headers = { ...incoming.headers, 'x-forwarded-host': incoming.headers.host ?? '', 'x-forwarded-proto': 'http' };
  const outgoing = request({ ...target, agent: false, method: incoming.method ?? 'GET', path: incoming.url ?? '/', headers }, (answer) => {
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

function serve(table: Table, incoming: IncomingMessage, response: ServerResponse): void {
  const { host = '' } = incoming.headers;
  const route = table.routeFor(host, (incoming.url ?? '/').split('?')[0] ?? '/');
  if (route === undefined) {
    refuse(response, `no Route for ${host}`);
    return;
  }
  const service = table.serviceOf(route);
  const target = service === undefined ? undefined : targetOf(route, service);
  if (target === undefined) refuse(response, `Route ${route.metadata.name} leads to no port of a Service`);
  else forward({ incoming, response, target }, RETRIES);
}

function listen(server: Server, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port: 80 }, () => { resolve(80); });
  });
}

/** Starts the router on port 80 of an address. */
export async function startRouter(client: ApiClient, host: string): Promise<Router> {
  const table = new Table(client);
  const server = createServer((incoming, response) => { serve(table, incoming, response); });
  const port = await listen(server, host);
  return {
    host, port,
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => { server.close(() => { resolve(); }); });
      await table.stop();
    },
  };
}
