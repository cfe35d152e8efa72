import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A Service of Kubernetes in small: one address, each new connection goes to one of the endpoints in turn; connections that are open stay where they are. */
export class Balancer {
  /** Ports that new connections go to. */
  endpoints: readonly number[] = [];
  /** Connections that no endpoint took. */
  refused = 0;
  connections = 0;
  readonly #server = createServer((client) => { this.#take(client); });
  readonly #sockets = new Set<Socket>();

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => { this.#server.listen(0, '127.0.0.1', resolve); });
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => { this.#server.close(() => { resolve(); }); });
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #take(client: Socket): void {
    const port = this.endpoints[this.connections % this.endpoints.length];
    this.connections += 1;
    if (port === undefined) {
      this.refused += 1;
      client.destroy();
      return;
    }
    const server = connect({ port, host: '127.0.0.1' });
    let isConnected = false;
    server.once('connect', () => { isConnected = true; });
    for (const [one, other] of [[client, server], [server, client]] as const) {
      this.#sockets.add(one);
      one.setNoDelay(true).pipe(other);
      one.once('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
    client.on('error', () => undefined);
    server.on('error', () => { if (!isConnected) this.refused += 1; });
  }
}
