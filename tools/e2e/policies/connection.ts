import { connect } from 'node:net';

const TIMEOUT_MS = 5000;

/** Where a connection is to go. */
export interface Address {
  readonly address: string;
  readonly port: number;
}

/** One connection: `open`, or the system's word for what happened instead. */
export function attempt({ address, port }: Address): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const end = (word: string): void => {
      socket.destroy();
      resolve(word);
    };
    socket.setTimeout(TIMEOUT_MS, () => { end('ETIMEDOUT'); });
    socket.once('connect', () => { end('open'); });
    socket.once('error', (error: NodeJS.ErrnoException) => { end(error.code ?? error.message); });
  });
}

/**
 * Was a connection let through? Refused by a policy has its own word here (ICMP "administratively prohibited").
 * @throws for any other word: a port where nobody listens, or an address that nobody has, proves nothing.
 */
export function isOpen(word: string): boolean {
  if (word === 'open') return true;
  if (word === 'EHOSTUNREACH') return false;
  throw new Error(`neither let through nor refused: ${word}`);
}
