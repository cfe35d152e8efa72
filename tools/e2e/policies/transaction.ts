import { CHAIN_PREFIX, MAIN_CHAIN } from './rules.ts';

/*
 * iptables-restore takes one table as a whole: from one packet to the next all of it holds. What is there now is read before, so that
 * nothing has to be remembered, not even by an enforcer that was killed.
 */

const HOOK = `FORWARD -j ${MAIN_CHAIN}`;

function ourChains(text: string): readonly string[] {
  return [...text.matchAll(/^:(\S+) /gm)].flatMap(([, name = '']) => (name.startsWith(CHAIN_PREFIX) ? [name] : []));
}

function assemble(declared: readonly string[], lines: readonly string[]): string {
  return ['*filter', ...declared, ...lines, 'COMMIT', ''].join('\n');
}

/** Undoes the hook as often as it is there: kube-proxy puts its own in front of what it finds, and ours must come first. */
function unhook(present: string): readonly string[] {
  return present.split('\n').filter((line) => line === `-A ${HOOK}`).map(() => `-D ${HOOK}`);
}

/** In: the rules of now, and what iptables-save tells of the filter table. Out: what makes the one out of the other. */
export function replacing(rules: string, present: string): string {
  const wanted = ourChains(rules);
  const stale = ourChains(present).filter((name) => !wanted.includes(name));
  const lines = rules.split('\n').filter((line) => line.startsWith(':') || line.startsWith('-A '));
  return assemble([...stale.map((name) => `:${name} - [0:0]`), ...lines], [
    ...unhook(present), `-I FORWARD 1 -j ${MAIN_CHAIN}`, ...stale.map((name) => `-X ${name}`),
  ]);
}

/** Takes everything of ours away. In: what iptables-save tells of the filter table. */
export function removing(present: string): string {
  const chains = ourChains(present);
  return assemble(chains.map((name) => `:${name} - [0:0]`), [...unhook(present), ...chains.map((name) => `-X ${name}`)]);
}
