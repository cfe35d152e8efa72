import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { NODE_ADDRESS } from '../../cluster/node/addresses.ts';

/*
 * A second machine on the node's network, as far as packets go: a probe in a network namespace of its own behind a cable into the node's
 * bridge. An API server on another node comes from such an address. All of it ends with the process.
 */

const run = promisify(execFile);
const CABLE = 'other-node';
/** In a namespace of its own, and gone with us even when we are killed. */
const WRAPPER = ['--pdeathsig=KILL', '--', 'unshare', '--net', '--'];

/** Of the node's subnet, and nobody else's. */
export const OTHER_NODE = '10.10.0.9';

/** The probe of another machine. */
export interface OtherNode {
  stop(): Promise<void>;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function firstLine(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', () => { resolve(); });
    child.once('error', reject);
    child.once('exit', () => { reject(new Error('the probe of the other node ended')); });
  });
}

async function connectCable(pid: number): Promise<void> {
  await run('ip', ['link', 'add', CABLE, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(pid)]);
  await run('ip', ['link', 'set', CABLE, 'master', 'br-node', 'up']);
  const inside = (...parameters: readonly string[]): Promise<unknown> => run('nsenter', [`--target=${pid}`, '--net', '--', 'ip', ...parameters]);
  await inside('link', 'set', 'lo', 'up');
  await inside('addr', 'add', `${OTHER_NODE}/24`, 'dev', 'eth0');
  await inside('link', 'set', 'eth0', 'up');
  await inside('route', 'add', 'default', 'via', NODE_ADDRESS);
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = new Promise<void>((resolve) => { child.once('exit', () => { resolve(); }); });
  child.kill('SIGKILL');
  await ended;
  // The namespace goes a moment after its last process; the next start needs the cable's name.
  await run('ip', ['link', 'del', CABLE]).catch(() => undefined);
}

/** Starts the other node. This process must be in the node's network already, as root. */
export async function startOtherNode(): Promise<OtherNode> {
  const child = spawn('setpriv', [...WRAPPER, process.execPath, join(import.meta.dirname, 'probe.ts')], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await firstLine(child);
    await connectCable(child.pid ?? 0);
  } catch (thrown) {
    await end(child);
    throw thrown;
  }
  return { stop: () => end(child) };
}
