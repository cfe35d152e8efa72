import { isInRange } from '../../../../support/network-policy-evaluator.ts';

/*
 * Runs a packet through the text of iptables-restore, as far as the enforcer writes it. Anything else is an error: a word that is passed
 * over in silence would make two different rules equal.
 */

export interface Packet {
  readonly source: string;
  readonly destination: string;
  readonly protocol: string;
  readonly port: number;
  /** Of a connection that was let in before. */
  readonly isEstablished?: boolean;
}

interface Line {
  readonly chain: string;
  readonly words: readonly string[];
}

type Match = (value: string, packet: Packet) => boolean;

const isPort = (value: string, { port }: Packet): boolean => {
  const [first = 0, last = first] = value.split(':').map(Number);
  return port >= first && port <= last;
};

const MATCHES: Readonly<Record<string, Match>> = {
  '-s': (value, { source }) => isInRange(source, value),
  '-d': (value, { destination }) => isInRange(destination, value),
  '-p': (value, { protocol }) => protocol.toLowerCase() === value,
  '--dport': isPort,
  '-m': (value) => { if (value !== 'conntrack') throw new Error(`unknown match ${value}`); return true; },
  '--ctstate': (value, { isEstablished }) => isEstablished === true && value.split(',').includes('ESTABLISHED'),
};

function parse(text: string): readonly Line[] {
  return text.split('\n').filter((line) => line.startsWith('-A ')).map((line) => {
    const [, chain = '', ...words] = line.split(' ');
    return { chain, words };
  });
}

/** The target of a line, when all of it matches. */
function targetOf({ words }: Line, packet: Packet): string | undefined {
  for (let at = 0; at < words.length; at += 2) {
    const [word = '', value = ''] = [words[at], words[at + 1]];
    if (word === '-j') return value;
    const match = MATCHES[word];
    if (match === undefined) throw new Error(`unknown word ${word}`);
    if (!match(value, packet)) return undefined;
  }
  throw new Error(`no target in ${words.join(' ')}`);
}

/** True when the packet comes back from a chain. */
function comesBack(chain: string, lines: readonly Line[], packet: Packet): boolean {
  for (const line of lines.filter((candidate) => candidate.chain === chain)) {
    const target = targetOf(line, packet);
    if (target === 'RETURN') return true;
    if (target === 'REJECT') return false;
    if (target !== undefined && !comesBack(target, lines, packet)) return false;
  }
  return true;
}

/** Out: whether a packet goes on by these rules. */
export function interpreterOf(text: string): (packet: Packet) => boolean {
  const lines = parse(text);
  return (packet) => comesBack('TMESH-POLICIES', lines, packet);
}
