import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { attempt, type Address } from './connection.ts';
import { callGrpc, type GrpcCall } from './grpc-call.ts';

/*
 * Runs in every pod of the matrix, from an image of a Node binary and this program: listens on all ports that a pod of a mesh has, says yes to
 * every probe of the kubelet, and connects wherever it is asked to, or makes a gRPC call there. So istiod, gateway and Prometheus can be the operator's own
 * Deployments, with this in place of the programs.
 */

/** Ports of istiod, gateways, sidecars, Prometheus and applications. */
const PORTS = [8080, 8081, 8443, 9090, 15_010, 15_012, 15_014, 15_017, 15_020, 15_021, 15_090];
/** The proxy in front of an add-on has this port and its certificate; other pods have neither. */
const LOGIN_PORT = 3001;
const CERTIFICATE = '/etc/tls/private/tls.crt';
const KEY = '/etc/tls/private/tls.key';

/** What a probe does when it is told to, by path; the order is the body, in JSON. */
const ORDERS: Readonly<Record<string, (order: string) => Promise<unknown>>> = {
  '/connect': (order) => Promise.all((JSON.parse(order) as readonly Address[]).map(attempt)),
  '/grpc': (order) => callGrpc(JSON.parse(order) as GrpcCall),
};

async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const obey = ORDERS[incoming.url ?? ''];
  response.end(obey === undefined ? 'ok\n' : JSON.stringify(await obey(Buffer.concat(chunks).toString('utf8'))));
}

const listener: RequestListener = (incoming, response) => {
  answer(incoming, response).catch(() => { response.destroy(); });
};

function listen(server: ReturnType<typeof createServer> | ReturnType<typeof createTlsServer>, port: number): void {
  server.listen({ port, host: '0.0.0.0' }, () => { process.stdout.write(`listening on ${port}\n`); });
}

if (existsSync(CERTIFICATE)) listen(createTlsServer({ cert: readFileSync(CERTIFICATE), key: readFileSync(KEY) }, listener), LOGIN_PORT);
else for (const port of PORTS) listen(createServer(listener), port);

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => { process.exit(0); });
