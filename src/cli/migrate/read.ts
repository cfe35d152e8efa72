import * as kinds from '../../api/kinds.ts';
import { CLUSTER_SERVICE_VERSION, CONFIGURATION_KINDS } from '../../domain/migrate/foreign.ts';
import type { OperatorFacts } from '../../domain/control-plane/facts.ts';
import type { MigrateObjects } from '../../domain/migrate/plan.ts';
import type { ObjectReader } from '../cluster-reader.ts';
import { readPlayed, writtenObjects } from '../played-cluster.ts';

/** Reads a cluster with OpenShift Service Mesh 2.x and plays the operator's own controllers in a copy of it. */
export async function readMigration(reader: ObjectReader, facts: OperatorFacts): Promise<MigrateObjects> {
  const cluster = await readPlayed(reader, facts, [...CONFIGURATION_KINDS, CLUSTER_SERVICE_VERSION]);
  const { of, wanted, removed } = cluster;
  return {
    wanted, removed, controlPlanes: of(kinds.CONTROL_PLANE), namespaces: of(kinds.NAMESPACE), pods: of(kinds.POD),
    configuration: CONFIGURATION_KINDS.flatMap(of), operators: of(CLUSTER_SERVICE_VERSION), live: writtenObjects(cluster),
  };
}
