import { DEPLOYMENT } from '../api/kinds.ts';
import { OPERATOR_NAME } from '../api/names.ts';
import type { Isolation, OperatorFacts } from '../domain/control-plane/facts.ts';
import type { ObjectReader } from './cluster-reader.ts';
import type { Environment } from './cluster-session.ts';
import { isolationOf } from './config.ts';
import { operatorFacts } from './controllers.ts';
import { objectsAt, textAt, textsAt } from './diagnostics/fields.ts';

/** What the flags of a command say of the operator that is installed. */
export interface OperatorFlags {
  readonly operatorNamespace?: string | undefined;
  readonly ingressNamespaceLabel?: string | undefined;
  readonly isolation?: Isolation | undefined;
}

/** The operator's namespace: as the flags say, else where this runs itself, else the usual one. */
export function operatorNamespaceOf({ operatorNamespace }: OperatorFlags, environment: Environment): string {
  return operatorNamespace ?? environment['POD_NAMESPACE'] ?? OPERATOR_NAME;
}

/** The value of a flag in a container's arguments, `--flag=value` or `--flag value`. */
function flagIn(args: readonly string[], flag: string): string | undefined {
  const at = args.findIndex((arg) => arg === flag || arg.startsWith(`${flag}=`));
  return at < 0 ? undefined : args[at]?.includes('=') === true ? args[at].slice(flag.length + 1) : args[at + 1];
}

/**
 * What the operator in the cluster knows of itself: images and settings from its Deployment's environment and arguments. Where it runs
 * elsewhere, or not yet, the flags and what every operator begins with. @throws UsageError for an isolation that is none
 */
export async function installedFacts(reader: ObjectReader, flags: OperatorFlags, environment: Environment): Promise<OperatorFacts> {
  const operatorNamespace = operatorNamespaceOf(flags, environment);
  // A folder with a cluster's objects knows no field selector.
  const deployments = await reader.list(DEPLOYMENT, { namespace: operatorNamespace, fieldSelector: `metadata.name=${OPERATOR_NAME}` });
  const [container] = objectsAt(deployments.find(({ metadata }) => metadata.name === OPERATOR_NAME), 'spec', 'template', 'spec', 'containers');
  const given = Object.fromEntries(objectsAt(container, 'env').map((entry) => [textAt(entry, 'name'), textAt(entry, 'value')]));
  const args = textsAt(container, 'args');
  return operatorFacts({
    operatorNamespace, ingressLabel: flags.ingressNamespaceLabel ?? flagIn(args, '--ingress-namespace-label'),
    isolation: flags.isolation ?? isolationOf("--isolation of the operator's Deployment:", flagIn(args, '--isolation') ?? given['ISOLATION']),
  }, given);
}
