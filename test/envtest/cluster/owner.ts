import { startCluster } from '../../../tools/cluster/cluster.ts';

/* A program that owns a cluster in the folder given, for a test that kills it. Prints the pids as JSON and waits. */
const cluster = await startCluster({ dir: process.argv[2] ?? '' });
process.stdout.write(`${JSON.stringify(cluster.pids)}\n`);
setInterval(() => undefined, 60_000);
