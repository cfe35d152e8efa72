import { readFileSync } from 'node:fs';
import { Agent, createServer, request as httpsRequest } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { pick } from './chance.ts';

/*
 * A reverse proxy that breaks what goes through it, by a seeded plan: one fault or none per request, one end per watch.
 * What it passes on untouched is the API server's own answer; it makes up refusals only.
 */

/** Faults of any request. `reset` drops the connection without an answer. */
const REQUEST_FAULTS = ['reset', '429', '500', '503', '410', '401'] as const;
/** Faults of an answer that is read whole. */
const BODY_FAULTS = ['slow-body', 'cut-body', 'gzip'] as const;
/** Ends of a watch. `stall` keeps the connection and passes nothing on; `dribble` is no end: bytes arrive singly and in fives, so characters come in parts. */
const WATCH_FAULTS = ['watch-reset', 'watch-cut-line', 'watch-end', 'watch-410-event', 'watch-garbage', 'watch-stall', 'watch-dribble', 'watch-gzip'] as const;

export type Fault = (typeof REQUEST_FAULTS)[number] | (typeof BODY_FAULTS)[number] | (typeof WATCH_FAULTS)[number];

export interface ChaosOptions {
  /** URL of the real API server. */
  readonly upstream: string;
  readonly caFile: string;
  /** A serving certificate for 127.0.0.1; the API server's own will do. */
  readonly certFile: string;
  readonly keyFile: string;
  readonly random: () => number;
  /** Share of requests that are refused or reset; default 0.25. The same share of the other answers is damaged. */
  readonly rate?: number;
  /** Longest life of a damaged watch; default 1.2 s. */
  readonly watchLifeMs?: number;
}

export interface ChaosProxy {
  readonly server: string;
  /** How often each fault was played. */
  readonly faults: ReadonlyMap<Fault, number>;
  requests(): number;
  /** No more faults for new requests. Watches that are stalled stay so. */
  calm(): void;
  close(): Promise<void>;
}

const STATUS_BODY: Readonly<Record<string, object>> = {
  410: { reason: 'Expired', message: 'The provided continue parameter is too old (chaos)' },
  429: { reason: 'TooManyRequests', message: 'Too many requests (chaos)', details: { retryAfterSeconds: 1 } },
  401: { reason: 'Unauthorized', message: 'Unauthorized (chaos)' },
  500: { reason: 'InternalError', message: 'Internal error (chaos)' },
};

/** Breaks a connection off with a TCP reset. */
type Reset = (outgoing: ServerResponse) => void;

/** Starts the proxy on a free loopback port. */
export async function startChaosProxy(options: ChaosOptions): Promise<ChaosProxy> {
  const { rate = 0.25, random } = options;
  const faults = new Map<Fault, number>();
  let isCalm = false;
  let requests = 0;
  const agent = new Agent({ keepAlive: true, ca: readFileSync(options.caFile) });
  const play = (fault: Fault): Fault => {
    faults.set(fault, (faults.get(fault) ?? 0) + 1);
    return fault;
  };
  const chosen = <T extends Fault>(from: readonly T[], share: number): T | undefined =>
    !isCalm && random() < share ? (play(pick(from, random)) as T) : undefined;

  const connections = new Map<number | undefined, Socket>();
  const reset: Reset = (outgoing) => connections.get(outgoing.socket?.remotePort)?.resetAndDestroy();
  const tls = createServer({ cert: readFileSync(options.certFile), key: readFileSync(options.keyFile) }, (incoming, outgoing) => {
    requests += 1;
    const refusal = chosen(REQUEST_FAULTS, rate);
    if (refusal !== undefined) return refuse(refusal, outgoing, reset);
    const isWatch = /[?&]watch=true/.test(incoming.url ?? '');
    const headers = { ...incoming.headers };
    const onward = httpsRequest(`${options.upstream}${incoming.url}`, { method: incoming.method, headers, agent }, (answer) => {
      if (isWatch && answer.statusCode === 200) passWatch(answer, outgoing, chosen(WATCH_FAULTS, 0.8), { ...options, reset });
      else void passBody(answer, outgoing, chosen(BODY_FAULTS, rate), reset);
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  // A TLS socket cannot send a reset; the TCP socket under it can.
  const server = createTcpServer((socket) => {
    const { remotePort } = socket;
    connections.set(remotePort, socket);
    socket.on('close', () => connections.delete(remotePort));
    socket.on('error', () => undefined);
    tls.emit('connection', socket);
  });
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening);
  });
  const { port } = server.address() as AddressInfo;
  return {
    server: `https://127.0.0.1:${port}`,
    faults,
    requests: () => requests,
    calm: () => {
      isCalm = true;
    },
    close: async () => {
      agent.destroy();
      for (const socket of connections.values()) socket.destroy();
      await new Promise((closed) => {
        server.close(closed);
      });
    },
  };
}

function refuse(fault: (typeof REQUEST_FAULTS)[number], outgoing: ServerResponse, reset: Reset): void {
  if (fault === 'reset') return reset(outgoing);
  const status = Number(fault);
  const body = STATUS_BODY[fault];
  // 503 comes from a load balancer: no Status, not even JSON.
  if (body === undefined) outgoing.writeHead(status, { 'content-type': 'text/html' }).end('<html>no healthy upstream</html>');
  else outgoing.writeHead(status, { 'content-type': 'application/json', ...(status === 429 ? { 'retry-after': '1' } : {}) })
    .end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, ...body }));
}

async function passBody(answer: IncomingMessage, outgoing: ServerResponse, fault: (typeof BODY_FAULTS)[number] | undefined, reset: Reset): Promise<void> {
  try {
    const parts: Buffer[] = [];
    for await (const part of answer) parts.push(part as Buffer);
    const whole = Buffer.concat(parts);
    const body = fault === 'gzip' ? gzipSync(whole) : whole;
    const { 'transfer-encoding': _, ...headers } = answer.headers;
    outgoing.writeHead(answer.statusCode ?? 502, { ...headers, 'content-length': body.length, ...(fault === 'gzip' ? { 'content-encoding': 'gzip' } : {}) });
    const pieces = fault === 'slow-body' ? 8 : 2;
    const size = Math.ceil(body.length / pieces);
    for (let piece = 0; piece < pieces; piece += 1) {
      if (fault === 'cut-body' && piece === 1) return reset(outgoing);
      outgoing.write(body.subarray(piece * size, (piece + 1) * size));
      if (fault === 'slow-body') await delay(40);
    }
    outgoing.end();
  } catch {
    // The API server went away in the middle: the client sees the same.
    outgoing.destroy();
  }
}

type WatchFault = (typeof WATCH_FAULTS)[number];

/** Passes a watch on until its time has come; what happens then happens at the next bytes, so that it hits a line in flight. */
function passWatch(answer: IncomingMessage, outgoing: ServerResponse, fault: WatchFault | undefined, options: ChaosOptions & { readonly reset: Reset }): void {
  const { random, reset, watchLifeMs = 1200 } = options;
  outgoing.writeHead(200, { 'content-type': 'application/json', ...(fault === 'watch-gzip' ? { 'content-encoding': 'gzip' } : {}) });
  outgoing.flushHeaders();
  const endsAt = performance.now() + random() * watchLifeMs;
  let isOver = false;
  let atLineStart = true;
  answer.on('data', (chunk: Buffer) => {
    if (isOver) return;
    if (fault !== undefined && performance.now() >= endsAt) isOver = endWatch(fault, { chunk, atLineStart, answer, outgoing, reset });
    if (isOver) return;
    atLineStart = chunk.at(-1) === 0x0a;
    if (fault === 'watch-gzip') outgoing.write(gzipSync(chunk));
    else if (fault === 'watch-dribble') dribble(chunk, outgoing);
    else outgoing.write(chunk);
  });
  answer.on('end', () => {
    if (!isOver) outgoing.end();
  });
  answer.on('error', () => outgoing.destroy());
}

/** The first bytes one by one, then pieces of five, then the rest: a TLS record each, so not for all. */
function dribble(chunk: Buffer, outgoing: ServerResponse): void {
  const singles = Math.min(chunk.length, 20);
  const fives = Math.min(chunk.length, 420);
  for (let at = 0; at < singles; at += 1) outgoing.write(chunk.subarray(at, at + 1));
  for (let at = singles; at < fives; at += 5) outgoing.write(chunk.subarray(at, Math.min(at + 5, fives)));
  if (fives < chunk.length) outgoing.write(chunk.subarray(fives));
}

interface WatchMoment {
  readonly chunk: Buffer;
  readonly atLineStart: boolean;
  readonly answer: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly reset: Reset;
}

/** True when the watch is over for the client. */
function endWatch(fault: WatchFault, { chunk, atLineStart, answer, outgoing, reset }: WatchMoment): boolean {
  const finish = (last: string | Buffer): void => {
    outgoing.end(last);
    answer.destroy();
  };
  switch (fault) {
    case 'watch-reset':
      reset(outgoing);
      answer.destroy();
      return true;
    case 'watch-cut-line':
      finish(chunk.subarray(0, Math.floor(chunk.length / 2)));
      return true;
    case 'watch-stall':
      return true;
    case 'watch-end':
      finish('');
      return true;
    case 'watch-410-event':
      if (atLineStart) finish(`${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version (chaos)' } })}\n`);
      return atLineStart;
    case 'watch-garbage':
      if (atLineStart) finish('{"type":"ADDED","object":{"metadata":\n');
      return atLineStart;
    default:
      return false;
  }
}
