import { createServer, type Server } from 'node:net';
import { randomInt } from 'node:crypto';

/*
 * Below Linux' default range of outgoing ports (32768–60999), so that no outgoing connection takes a port of ours between the moment
 * it is chosen, or an API server is restarted, and the moment it is listened on.
 */
export const FIRST_PORT = 20_000;
export const LAST_PORT = 31_999;

function listenOn(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => { resolve(undefined); });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => { resolve(server); });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => { server.close(() => { resolve(); }); });
}

/** True if nobody listens on that loopback port at this moment. */
export async function isFree(port: number): Promise<boolean> {
  const server = await listenOn(port);
  if (server === undefined) return false;
  await close(server);
  return true;
}

/**
 * `count` different loopback ports that nobody listens on. All are held until the last is found. Somebody may still take one before
 * it is used: who starts a server on it must be ready to choose again.
 * @param pick gives the next candidate; a parameter so that tests can play collisions
 */
export async function freePorts(count: number, pick: () => number = () => randomInt(FIRST_PORT, LAST_PORT + 1)): Promise<readonly number[]> {
  const held = new Map<number, Server>();
  for (let tries = 0; held.size < count && tries < 1000; tries += 1) {
    const port = pick();
    const server = held.has(port) ? undefined : await listenOn(port);
    if (server !== undefined) held.set(port, server);
  }
  await Promise.all([...held.values()].map(close));
  if (held.size < count) throw new Error(`found only ${held.size} of ${count} free ports on 127.0.0.1 between ${FIRST_PORT} and ${LAST_PORT}`);
  return [...held.keys()];
}
