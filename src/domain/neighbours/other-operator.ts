import { OPERATOR_NAME, OTHER_OPERATOR, OTHER_OPERATOR_WEBHOOKS } from '../../api/names.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { valueAt } from '../../lib/json.ts';
import { sortedUnique } from '../../lib/sort.ts';

/** What tells of another operator for our kinds. */
export interface OperatorSigns {
  /** Deployments of the old operator's name, of whatever namespace: spec is enough. */
  readonly deployments: readonly KubeObject[];
  /** All ValidatingWebhookConfigurations: names are enough. */
  readonly webhookConfigurations: readonly KubeObject[];
  /** All CRDs: metadata is enough. */
  readonly definitions: readonly KubeObject[];
}

/** Label by which OLM notes whose an object is: `operators.coreos.com/<package>.<namespace>`. */
const OLM_OWNER = 'operators.coreos.com/';

/** Packages and namespaces of OLM that have our kinds' CRDs. */
function olmOwners(definitions: readonly KubeObject[]): { readonly name: string; readonly namespace: string }[] {
  const ours = definitions.filter(({ metadata: { name } }) => name.endsWith('.maistra.io'));
  const marks = ours.flatMap(({ metadata: { labels } }) => Object.keys(labels ?? {})).filter((label) => label.startsWith(OLM_OWNER));
  return sortedUnique(marks.map((mark) => mark.slice(OLM_OWNER.length))).map((mark) => {
    const dot = mark.indexOf('.');
    return { name: mark.slice(0, dot), namespace: mark.slice(dot + 1) };
  });
}

/** OLM packages other than ours that own CRDs of maistra.io (wishes.md W33). */
export function foreignOwners(definitions: readonly KubeObject[]): string[] {
  return sortedUnique(olmOwners(definitions).map(({ name }) => name).filter((name) => name !== OPERATOR_NAME));
}

/** Namespaces in which cluster-wide objects say that the old operator is: only an administrator can have written these. */
function vouchedNamespaces({ webhookConfigurations, definitions }: OperatorSigns): ReadonlySet<string> {
  const names = webhookConfigurations.map(({ metadata: { name } }) => name).filter((name) => name.endsWith(OTHER_OPERATOR_WEBHOOKS));
  return new Set([
    ...names.map((name) => name.slice(0, -OTHER_OPERATOR_WEBHOOKS.length)),
    ...olmOwners(definitions).filter(({ name }) => name !== OPERATOR_NAME).map(({ namespace }) => namespace),
  ]);
}

/**
 * The operator of OpenShift Service Mesh 2, if it runs: `namespace/name` of its Deployment. Undefined: there is none, or it was scaled to nothing.
 * The Deployment counts only in a namespace that the old operator's webhook configuration or OLM's mark on the CRDs leads to: a tenant, who
 * can make a Deployment of any name, must not switch us off.
 */
export function liveOperator(signs: OperatorSigns): string | undefined {
  const namespaces = vouchedNamespaces(signs);
  const live = signs.deployments.filter(({ metadata, ...deployment }) => metadata.name === OTHER_OPERATOR && namespaces.has(metadata.namespace ?? '') && valueAt(deployment, 'spec', 'replicas') !== 0);
  return live.map(({ metadata: { namespace = '', name } }) => `${namespace}/${name}`).toSorted()[0];
}

/** What the user reads: which operator it is, that ours gives way, and the way out. */
export function otherOperatorMessage(deployment: string): string {
  const [namespace = '', name = ''] = deployment.split('/');
  return `Deployment ${deployment} of OpenShift Service Mesh 2 runs and works on the same objects; ${OPERATOR_NAME} writes nothing while it does. `
    + `To hand over: remove its Subscription and CSV, or kubectl scale deployment ${name} -n ${namespace} --replicas=0; to keep it, remove ${OPERATOR_NAME}`;
}

/** For owners that do not run: they may come back, and OLM would put their version of the CRDs in. */
export function foreignOwnerMessage(owners: readonly string[]): string {
  return `CRDs of maistra.io belong to OLM package ${owners.join(', ')}; its next upgrade would replace them: remove its Subscription and CSV (the CRDs and all meshes stay)`;
}
