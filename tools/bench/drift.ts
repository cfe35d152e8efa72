import { sameJson } from '../../src/lib/json.ts';
import { watchFor, type Sighting } from './sightings.ts';
import { median, MESH, requestsDuring, say, type Item, type Part, type Stage } from './stage.ts';

const TIMES = 5;
const MERGE = 'application/merge-patch+json';

/** Something of ours that somebody changes or deletes. `patch` left out: deletes it. */
interface Harm {
  readonly what: string;
  readonly collection: string;
  readonly name: string;
  readonly patch?: object;
  /** What must be again as it was. */
  readonly field: (object: Item) => unknown;
}

function harms(member: string): readonly Harm[] {
  const policies = `/apis/networking.k8s.io/v1/namespaces/${member}/networkpolicies`;
  const bindings = `/apis/rbac.authorization.k8s.io/v1/namespaces/${member}/rolebindings`;
  const spec = (object: Item): unknown => object['spec'];
  const subjects = (object: Item): unknown => object['subjects'];
  const name = 'basic-install';
  return [
    { what: 'a policy edited', collection: policies, name: `istio-mesh-${name}`, patch: { spec: { ingress: [{}] } }, field: spec },
    { what: 'a policy deleted', collection: policies, name: `istio-mesh-${name}`, field: spec },
    { what: 'a binding edited', collection: bindings, name: `istiod-${name}-${MESH}`, patch: { subjects: [] }, field: subjects },
    { what: 'a binding deleted', collection: bindings, name: `istiod-${name}-${MESH}`, field: subjects },
    { what: "a member's label removed", collection: '/api/v1/namespaces', name: member, patch: { metadata: { labels: { 'maistra.io/member-of': null } } }, field: (object) => object.metadata.labels?.['maistra.io/member-of'] },
    { what: 'a ConfigMap edited', collection: `/api/v1/namespaces/${MESH}/configmaps`, name: `istio-${name}`, patch: { data: { mesh: 'x' } }, field: (object) => object['data'] },
    { what: 'a ConfigMap deleted', collection: `/api/v1/namespaces/${MESH}/configmaps`, name: `istio-${name}`, field: (object) => object['data'] },
    { what: 'a Deployment edited', collection: `/apis/apps/v1/namespaces/${MESH}/deployments`, name: 'istio-egressgateway', patch: { spec: { template: { spec: { serviceAccountName: 'default' } } } }, field: (object) => (spec(object) as { template: { spec: { serviceAccountName: string } } }).template.spec.serviceAccountName },
    { what: 'a Deployment deleted', collection: `/apis/apps/v1/namespaces/${MESH}/deployments`, name: 'istio-egressgateway', field: (object) => (spec(object) as { selector: unknown }).selector },
  ];
}

/** Does the harm. Out: seconds until it is undone, and what the operator needed for it. */
async function repaired(stage: Stage, { collection, name, patch, field }: Harm): Promise<{ readonly seconds: number; readonly requests: number }> {
  const { client } = stage;
  const path = `${collection}/${name}`;
  const whole = field(await client.call<Item>(path));
  let isHarmed = false;
  const undone = ({ type, object }: Sighting): boolean => {
    const isWhole = type !== 'DELETED' && sameJson(field(object), whole);
    if (!isWhole) isHarmed = true;
    return isWhole && isHarmed;
  };
  const { result, all } = await requestsDuring(stage, async () => {
    const seen = await watchFor(client, `${collection}?fieldSelector=metadata.name%3D${name}`, undone);
    const started = performance.now();
    await client.call(path, patch === undefined ? { method: 'DELETE' } : { method: 'PATCH', contentType: MERGE, body: patch });
    return (await seen() - started) / 1000;
  });
  return { seconds: result, requests: all };
}

/** How soon what somebody edited or deleted is back. */
export const DRIFT: Part = {
  name: 'drift',
  run: async (stage) => {
    for (const harm of harms(stage.members[0] ?? '')) {
      const times: { readonly seconds: number; readonly requests: number }[] = [];
      for (let i = 0; i < TIMES; i += 1) times.push(await repaired(stage, harm));
      say(`${harm.what}: back after ${median(times.map(({ seconds }) => seconds)).toFixed(2)} s with ${median(times.map(({ requests }) => requests))} requests (medians of ${TIMES}, with ${stage.members.length} members)`);
    }
  },
};
