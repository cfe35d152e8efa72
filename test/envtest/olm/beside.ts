import { eventually } from '../../support/eventually.ts';
import { must, subscriptionObjects } from './olm-programs.ts';
import { otherOperatorObjects } from './other-operator.ts';
import { NAMESPACE, say, type Stage } from './stage.ts';

interface Reported { readonly metadata: { readonly name: string }; readonly status?: { readonly phase?: string; readonly reason?: string; readonly message?: string; readonly conditions?: readonly { readonly type?: string; readonly reason?: string; readonly message?: string; readonly status?: string }[] } }

/** What OLM says when OpenShift Service Mesh 2 is there already and somebody subscribes to us. */
export async function besideOther({ cluster }: Stage): Promise<object> {
  for (const object of otherOperatorObjects()) await must(cluster, ['apply', '-f', '-'], object);
  const phase = await eventually('the other operator is installed', async () => {
    const text = await must(cluster, ['get', 'csv', 'servicemeshoperator.v2.6.0', '-n', 'openshift-operators', '-o', 'jsonpath={.status.phase}']);
    return text === 'Succeeded' ? text : undefined;
  }, 240);
  await must(cluster, ['create', 'namespace', NAMESPACE]);
  for (const object of subscriptionObjects(NAMESPACE)) await must(cluster, ['apply', '-f', '-'], object);
  const said = await eventually('OLM refuses us', async () => {
    const { items } = JSON.parse(await must(cluster, ['get', 'subscription,installplan,csv', '-n', NAMESPACE, '-o', 'json'])) as { items: readonly Reported[] };
    const lines = items.flatMap(({ metadata: { name }, status }) => [`${name} ${status?.phase ?? ''} ${status?.reason ?? ''} ${status?.message ?? ''}`,
      ...(status?.conditions ?? []).filter((condition) => condition.status === 'True').map(({ type, reason, message }) => `${name} ${type ?? ''} ${reason ?? ''} ${message ?? ''}`)]);
    return /Conflict|ConstraintsNotSatisfiable|Failed/.test(lines.join('\n')) ? lines : undefined;
  }, 240);
  say('beside the other operator');
  return { phase, said };
}
