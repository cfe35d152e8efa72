import { request } from 'node:http';
import { connect } from 'node:net';
import type { Container, Probe } from '../pod.ts';

/** The number of a port that is given by number or by name. */
export function portNumber(container: Container, port: number | string): number {
  return typeof port === 'number' ? port : container.ports?.find(({ name }) => name === port)?.containerPort ?? Number(port);
}

function answersHttp(address: string, port: number, path: string, timeout: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ host: address, port, path, timeout, agent: false }, (response) => {
      response.resume();
      resolve((response.statusCode ?? 0) >= 200 && (response.statusCode ?? 0) < 400);
    });
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => { resolve(false); });
    asked.end();
  });
}

function takesConnections(host: string, port: number, timeout: number): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (isOpen: boolean): void => {
      socket.destroy();
      resolve(isOpen);
    };
    const socket = connect({ host, port, timeout }, () => { settle(true); });
    socket.once('timeout', () => { settle(false); });
    socket.once('error', () => { settle(false); });
  });
}

/** Asks once, from the node, as a kubelet does. A probe of another kind than HTTP and TCP counts as passed. */
export async function passesProbe(container: Container, { httpGet, tcpSocket, timeoutSeconds = 1 }: Probe, address: string): Promise<boolean> {
  const timeout = timeoutSeconds * 1000;
  if (httpGet !== undefined) return answersHttp(address, portNumber(container, httpGet.port), httpGet.path ?? '/', timeout);
  return tcpSocket === undefined || takesConnections(address, portNumber(container, tcpSocket.port), timeout);
}
