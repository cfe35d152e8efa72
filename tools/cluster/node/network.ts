import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { NODE_ADDRESS, NOWHERE } from './addresses.ts';

const run = promisify(execFile);

/*
 * The veth pair gives the bridge a carrier. `route_localnet` lets kube-proxy lead 127.0.0.1:NODEPORT on.
 */
const LINKS: readonly (readonly string[])[] = [
  ['link', 'set', 'lo', 'up'],
  ['link', 'add', 'br-node', 'type', 'bridge'],
  ['link', 'add', 'carrier0', 'type', 'veth', 'peer', 'name', 'carrier1'],
  ['link', 'set', 'carrier0', 'master', 'br-node'],
  ['link', 'set', 'carrier0', 'up'],
  ['link', 'set', 'carrier1', 'up'],
  ['addr', 'add', `${NODE_ADDRESS}/24`, 'dev', 'br-node'],
  ['link', 'set', 'br-node', 'up'],
  ['route', 'add', 'default', 'via', NOWHERE],
];

const SYSCTLS: Readonly<Record<string, string>> = { 'net/ipv4/ip_forward': '1', 'net/ipv4/conf/all/route_localnet': '1' };

/** Builds the node's network. To be called once, inside a fresh network namespace. */
export async function prepareNetwork(): Promise<void> {
  for (const parameters of LINKS) await run('ip', [...parameters]);
  for (const [name, value] of Object.entries(SYSCTLS)) await writeFile(`/proc/sys/${name}`, value);
}

