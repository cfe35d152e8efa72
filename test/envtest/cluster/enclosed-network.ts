import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { hostTools } from '../../../tools/cluster/mesh-processes/host-tools.ts';
import { PodNetwork } from '../../../tools/cluster/mesh-processes/pod-network.ts';

/* Runs in a network and mount namespace of its own, started by pod-network.test.ts: lets pods come and go, and prints the bridge's addresses, as JSON. */
const PODS = 8;

const tools = await hostTools();
const network = new PodNetwork(tools, { hostIP: '10.244.255.1', prefixLength: 16, serviceRange: '10.96.0.0/16' });
const addresses: string[] = [];
async function look(): Promise<void> {
  const { stdout } = await promisify(execFile)(tools.ip, ['-o', 'link', 'show', 'type', 'bridge']);
  addresses.push(/link\/ether ([0-9a-f:]+)/.exec(stdout)?.[1] ?? stdout);
}

await network.start();
await look();
const pods = [];
for (let number = 1; number <= PODS; number += 1) {
  pods.push(await network.open(`10.244.0.${number}`));
  await look();
}
for (const pod of pods) {
  pod.close();
  await look();
}
process.stdout.write(`${JSON.stringify(addresses)}\n`);
