import { createServer, type Server } from 'node:http';

/** A small process that answers scrapes. */
export interface MetricsServer {
  /** Paths that were asked for, in order. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

/** Serves a text of metrics on every path. In: a loopback address of its own, so that the ports of real pods are free on it. */
export async function serveMetrics(address: string, port: number, metrics: string): Promise<MetricsServer> {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.setHeader('content-type', 'text/plain; version=0.0.4').end(`${metrics}\n`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
  return {
    asked,
    stop: () => new Promise((resolve) => {
      server.close(() => { resolve(); });
      server.closeAllConnections();
    }),
  };
}
