import { DEPLOYMENT, findKind } from '../../api/kinds.ts';
import { OPERATOR_NAME } from '../../api/names.ts';
import type { Isolation, OperatorFacts } from '../../domain/control-plane/facts.ts';
import type { KubeObject } from '../../k8s/object.ts';
import type { ResourceType } from '../../k8s/resource.ts';
import { mapLimited } from '../../runtime/limiter.ts';
import type { ClusterReader } from '../cluster-reader.ts';
import { isolationOf } from '../config.ts';
import { ALL_SOURCES, operatorFacts } from '../controllers.ts';
import { objectsAt, textAt, textsAt } from '../diagnostics/fields.ts';
import { OfflineCluster } from '../offline-cluster.ts';
import { UsageError } from '../usage-error.ts';

const AT_ONCE = 8;
const NOT_FOUND = 404;

/** What the flags say of the operator. */
export interface OperatorFlags {
  readonly operatorNamespace: string;
  readonly ingressNamespaceLabel?: string | undefined;
  readonly isolation?: Isolation | undefined;
}

/** The value of a flag in a container's arguments, `--flag=value` or `--flag value`. */
function flagIn(args: readonly string[], flag: string): string | undefined {
  const at = args.findIndex((arg) => arg === flag || arg.startsWith(`${flag}=`));
  return at < 0 ? undefined : args[at]?.includes('=') === true ? args[at].slice(flag.length + 1) : args[at + 1];
}

/**
 * What the operator in the cluster knows of itself: images and settings from its Deployment's environment and arguments. Where it runs
 * elsewhere, the flags and what every operator begins with.
 */
export async function factsOf(reader: ClusterReader, { operatorNamespace, ingressNamespaceLabel, isolation }: OperatorFlags): Promise<OperatorFacts> {
  const [deployment] = await reader.list(DEPLOYMENT, { namespace: operatorNamespace, fieldSelector: `metadata.name=${OPERATOR_NAME}` });
  const [container] = objectsAt(deployment, 'spec', 'template', 'spec', 'containers');
  const environment = Object.fromEntries(objectsAt(container, 'env').map((entry) => [textAt(entry, 'name'), textAt(entry, 'value')]));
  const args = textsAt(container, 'args');
  return operatorFacts({
    operatorNamespace, ingressLabel: ingressNamespaceLabel ?? flagIn(args, '--ingress-namespace-label'),
    isolation: isolation ?? isolationOf("--isolation of the operator's Deployment:", flagIn(args, '--isolation') ?? environment['ISOLATION']),
  }, environment);
}

interface Found {
  readonly type: ResourceType;
  readonly isWhole: boolean;
  readonly objects: readonly KubeObject[];
}

/** Generation 1 fits the status of a healthy Deployment: what is compared is where the changes end, not where they stand now. */
function asHealthy(object: KubeObject): KubeObject {
  return object.kind === DEPLOYMENT.kind ? { ...object, metadata: { ...object.metadata, generation: 1 } } : object;
}

/**
 * Reads what the operator's caches hold, each as narrow as the cache: of Secrets, metadata only.
 * @throws UsageError when something may not be read: a part of the truth would be shown as a change
 */
export async function snapshotOf(reader: ClusterReader): Promise<OfflineCluster> {
  const found = await mapLimited(ALL_SOURCES, AT_ONCE, async ({ type, labelSelector, fieldSelector, metadataOnly }): Promise<Found> => (
    { type, isWhole: metadataOnly !== true, objects: await reader.list(type, { labelSelector, fieldSelector, isMetadataOnly: metadataOnly }) }));
  const refused = reader.gaps.find(({ status }) => status !== NOT_FOUND);
  if (refused !== undefined) throw new UsageError(`${refused.why}; diff reads all that the operator reads, so ask somebody who may`);
  const cluster = new OfflineCluster(reader.gaps.flatMap(({ type }) => type ?? []), true);
  // Whole objects last, over what is known of them by metadata only.
  for (const { type, objects } of found.toSorted((a, b) => Number(a.isWhole) - Number(b.isWhole))) {
    for (const object of objects) cluster.put(findKind(object.apiVersion, object.kind) ?? type, asHealthy(object));
  }
  return cluster;
}
