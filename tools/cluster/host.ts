import { ClusterHost } from './cluster-host.ts';
import type { FromHost, HostPlan, HostVerb, ToHost } from './host-protocol.ts';
import { removeDir } from './state.ts';
import { startWatchdog } from './watchdog.ts';

/*
 * The process that holds one cluster, forked by startCluster() as leader of its own session. It stops everything when its owner says so,
 * when the channel to its owner breaks (the owner ended, however) unless it was detached, or on SIGTERM.
 */

/** For stores that are kept: long enough for the API server to answer what it has begun. */
const GRACE_MS = 5_000;

const watchdog = startWatchdog(process.pid);
let host: ClusterHost | undefined;
let plan: HostPlan | undefined;
let isDetached = false;
let stopping: Promise<void> | undefined;

function tell(message: FromHost): void {
  if (process.connected) process.send?.(message, () => undefined);
}

async function stopAll(): Promise<void> {
  await host?.stop(plan?.isTemporary === false ? GRACE_MS : 0);
  if (plan?.isTemporary === true) await removeDir(plan.dir);
}

function stop(): Promise<void> {
  stopping ??= stopAll();
  return stopping;
}

function exit(): void {
  watchdog.standDown();
  if (process.connected) process.disconnect();
  // The channel and the watchdog's pipe flush before the loop runs empty; nothing else should be left by now.
  setTimeout(() => { process.exit(); }, 1000).unref();
}

async function start(wanted: HostPlan): Promise<void> {
  plan = wanted;
  host = new ClusterHost(wanted, watchdog.identity, (line) => { tell({ kind: 'log', line }); });
  try {
    tell({ kind: 'started', state: await host.start() });
  } catch (thrown) {
    tell({ kind: 'failed', message: thrown instanceof Error ? thrown.message : String(thrown) });
    exit();
  }
}

const VERBS: Readonly<Record<HostVerb, () => Promise<unknown>>> = {
  restartApiServer: async () => host?.restartApiServer(),
  stop,
  detach: async () => { isDetached = true; },
};

async function answer(id: number, verb: HostVerb): Promise<void> {
  try {
    await VERBS[verb]();
    tell({ kind: 'done', id, ...(host === undefined ? {} : { state: host.state }) });
  } catch (thrown) {
    tell({ kind: 'done', id, error: thrown instanceof Error ? thrown.message : String(thrown) });
  }
  if (verb === 'stop') exit();
}

process.on('message', (message: ToHost) => {
  if (message.kind === 'start') void start(message.plan);
  else void answer(message.id, message.verb);
});
process.on('disconnect', () => { if (!isDetached) void stop().then(exit); });
process.on('SIGTERM', () => { void stop().then(exit); });
process.on('SIGHUP', () => undefined);
process.on('SIGINT', () => undefined);
