import { connect, createServer, type Server, type Socket } from 'node:net';
import { hasAddress, type Backend, type Service, type ServiceTable } from '../service-table.ts';

const RETRY_MS = 500;

/** What it needs of the table. */
type Services = Pick<ServiceTable, 'services' | 'backends' | 'onChange'>;

/** A port of a Service that connections are taken at. */
interface Front {
  readonly server: Server;
  backends: () => readonly Backend[];
  turn: number;
}

/** Copies both ways until either end is done; an error of one end ends the other. */
function join(a: Socket, b: Socket): void {
  for (const [from, to] of [[a, b], [b, a]] as const) {
    from.pipe(to);
    from.once('error', () => to.destroy());
    from.once('close', () => to.destroy());
  }
}

function take(front: Front, incoming: Socket): void {
  const backends = front.backends();
  const chosen = backends[front.turn % Math.max(backends.length, 1)];
  front.turn += 1;
  incoming.setNoDelay(true);
  // Nobody there: what a client of a Service without endpoints gets from kube-proxy, too.
  if (chosen === undefined) incoming.resetAndDestroy();
  else join(incoming, connect({ host: chosen.address, port: chosen.port, noDelay: true }));
}

/**
 * Plays kube-proxy: takes TCP connections at the addresses of Services and hands them, in turn, to ready endpoints. The addresses must be
 * local here (`ip route add local RANGE dev lo`). Unlike kube-proxy's rules it ends connections: a server sees this machine as their source.
 */
export class ServiceProxy {
  readonly #table: Services;
  readonly #fronts = new Map<string, Front>();
  readonly #sockets = new Set<Socket>();
  #isStopped = false;
  /** The API server itself: its Service has no endpoints where it listens on the loopback only. */
  readonly #apiServer: Backend;

  constructor(table: Services, apiServer: Backend) {
    this.#table = table;
    this.#apiServer = apiServer;
    table.onChange(() => { this.#keep(); });
    // The table may have been filled before.
    this.#keep();
  }

  stop(): void {
    this.#isStopped = true;
    for (const { server } of this.#fronts.values()) server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #backends(service: Service, portName: string): readonly Backend[] {
    const { name, namespace } = service.metadata;
    return namespace === 'default' && name === 'kubernetes' ? [this.#apiServer] : this.#table.backends(service, portName);
  }

  #keep(): void {
    if (this.#isStopped) return;
    const wanted = new Map(this.#table.services().filter(hasAddress).flatMap((service) => (service.spec.ports ?? [])
      .filter(({ protocol = 'TCP' }) => protocol === 'TCP')
      .map(({ name = '', port }): [string, () => readonly Backend[]] => [`${service.spec.clusterIP} ${port}`, () => this.#backends(service, name)])));
    for (const [key, front] of this.#fronts) if (!wanted.has(key)) this.#close(key, front);
    for (const [key, backends] of wanted) {
      const front = this.#fronts.get(key);
      if (front === undefined) this.#open(key, backends);
      else front.backends = backends;
    }
  }

  #open(key: string, backends: () => readonly Backend[]): void {
    const [host = '', port = '0'] = key.split(' ');
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      const front = this.#fronts.get(key);
      if (front === undefined) socket.destroy();
      else take(front, socket);
    });
    this.#fronts.set(key, { server, backends, turn: 0 });
    // The address may not be local yet, or the port still taken by a Service that went.
    server.once('error', () => {
      this.#fronts.delete(key);
      setTimeout(() => { this.#keep(); }, RETRY_MS).unref();
    });
    server.listen(Number(port), host);
  }

  #close(key: string, front: Front): void {
    this.#fronts.delete(key);
    front.server.close();
  }
}
