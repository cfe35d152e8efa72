import { messageOf } from '../../../src/lib/result.ts';
import type { ApiClient } from '../../cluster/api-client.ts';
import { NODE_ADDRESS } from '../../cluster/node/addresses.ts';
import { podAddress } from '../stage.ts';
import { isOpen, type Address } from './connection.ts';
import { serviceAddress } from './ground.ts';
import type { Grid } from './grid.ts';
import { SOURCES, type Row, type Source, type Target } from './matrix.ts';
import { MESH_A, MESH_B, ROUTER, SHOP_A, SHOP_B, STRANGER } from './meshes.ts';
import { OTHER_NODE } from './other-node.ts';
import { connectionsFrom } from './probes.ts';

/** Where each source connects from: a pod by namespace and label, or an address. */
const PLACES: Readonly<Record<Source, string | readonly [string, string]>> = {
  'gateway a': [MESH_A, 'app=istio-ingressgateway'], 'member a': [SHOP_A, 'probe=plain'], 'prometheus a': [MESH_A, 'app=prometheus'],
  'gateway b': [MESH_B, 'app=istio-ingressgateway'], 'member b': [SHOP_B, 'probe=plain'],
  stranger: [STRANGER, 'probe=stranger'], router: [ROUTER, 'probe=router'], 'other node': OTHER_NODE, node: NODE_ADDRESS,
};

async function addressOf(client: ApiClient, { namespace, pod, service = '', port }: Target): Promise<Address> {
  return { address: pod === undefined ? await serviceAddress(client, namespace, service) : await podAddress(client, namespace, pod), port };
}

async function column(client: ApiClient, source: Source, rows: readonly Row[], targets: readonly Address[]): Promise<readonly boolean[]> {
  const place = PLACES[source];
  const words = await connectionsFrom(typeof place === 'string' ? place : await podAddress(client, ...place), targets);
  return rows.map(({ title }, line) => {
    try {
      return isOpen(words[line] ?? '');
    } catch (thrown) {
      throw new Error(`${source} → ${title}: ${messageOf(thrown)}`, { cause: thrown });
    }
  });
}

/** Connects from every source to every target, at the same time. Throws when a connection neither came about nor was refused by a policy. */
export async function measure(client: ApiClient, rows: readonly Row[]): Promise<Grid> {
  const targets = await Promise.all(rows.map(({ target }) => addressOf(client, target)));
  const columns = await Promise.all(SOURCES.map((source) => column(client, source, rows, targets)));
  return rows.map((_, line) => columns.map((cells) => cells[line] === true));
}
