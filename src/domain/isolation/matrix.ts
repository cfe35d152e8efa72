import { LABEL_MEMBER_OF, ROOT_CERT_CONFIGMAP } from '../../api/names.ts';
import { textAt, valueAt } from '../../lib/json.ts';
import { sortedBy } from '../../lib/sort.ts';
import { labelOf, type KubeObject } from '../../k8s/object.ts';
import { wayIn } from './doors.ts';
import { readThrough, type Account, type RightsObjects } from './rights.ts';

/** What the matrix is made from: of the whole cluster. */
export interface IsolationObjects extends RightsObjects {
  readonly controlPlanes: readonly KubeObject[];
  readonly namespaces: readonly KubeObject[];
  readonly networkPolicies: readonly KubeObject[];
  /** ConfigMaps of control-plane namespaces: the published root, the mesh configuration. */
  readonly configMaps: readonly KubeObject[];
}

/** How far one mesh reaches into another, or into the namespaces of no mesh. */
export interface Reach {
  /** `namespace/name` of the control plane that reaches. */
  readonly from: string;
  /** The same of the other; '(no mesh)' for the rest of the cluster. */
  readonly to: string;
  /** What the account of istiod may read there: nothing, workloads and configuration, or Secrets too. */
  readonly api: 'nothing' | 'workloads' | 'secrets';
  /** Whether istiod has the other's services in its registry: it cannot see them, it looks away, or it takes them in. */
  readonly config: 'cannot see' | 'looks away' | 'takes in';
  /** Whether certificates of one are good in the other; '' where there is no other. */
  readonly root: 'apart' | 'shared' | 'unknown' | '';
  /** Whether NetworkPolicies let pods of one into namespaces of the other; '' where there is no other. */
  readonly policy: 'closed' | 'open' | '';
  /** For each thing that is not apart, what makes it so. */
  readonly why: readonly string[];
}

/** The rest of the cluster, as the matrix calls it. */
export const NO_MESH = '(no mesh)';

interface Mesh {
  readonly id: string;
  readonly home: string;
  readonly account: Account;
  readonly namespaces: readonly KubeObject[];
}

const named = (objects: readonly KubeObject[], name: string, namespace: string): KubeObject | undefined =>
  objects.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);

function meshesOf({ controlPlanes, namespaces }: IsolationObjects): readonly Mesh[] {
  const meshes = controlPlanes.map(({ metadata: { name, namespace = '' } }): Mesh => ({
    id: `${namespace}/${name}`, home: namespace, account: { namespace, name: `istiod-${name}` },
    namespaces: namespaces.filter((object) => object.metadata.name === namespace || labelOf(object, LABEL_MEMBER_OF) === namespace),
  }));
  return sortedBy(meshes, ({ id }) => id);
}

function apiReach(objects: RightsObjects, account: Account, targets: readonly KubeObject[]): Pick<Reach, 'api' | 'why'> {
  const through = (group: string, resource: string): { readonly place: string; readonly binding: string } | undefined => {
    for (const { metadata: { name } } of targets) {
      const binding = readThrough(objects, account, { group, resource, namespace: name });
      if (binding !== undefined) return { place: name, binding };
    }
    return undefined;
  };
  const secrets = through('', 'secrets');
  if (secrets !== undefined) return { api: 'secrets', why: [`${secrets.binding} lets it read Secrets of ${secrets.place}`] };
  const workloads = through('', 'pods') ?? through('', 'services') ?? through('', 'configmaps');
  return workloads === undefined ? { api: 'nothing', why: [] } : { api: 'workloads', why: [`${workloads.binding} lets it read ${workloads.place}`] };
}

/** istiod that may read looks away if its mesh configuration tells it to (Istio doc "discoverySelectors"). */
function configReach({ configMaps }: IsolationObjects, mesh: Mesh, api: Reach['api']): Reach['config'] {
  if (api === 'nothing') return 'cannot see';
  const config = named(configMaps, `istio-${mesh.account.name.slice('istiod-'.length)}`, mesh.home);
  return textAt(config, 'data', 'mesh').includes('discoverySelectors') ? 'looks away' : 'takes in';
}

function rootReach({ configMaps }: IsolationObjects, a: Mesh, b: Mesh): Reach['root'] {
  const [left, right] = [a, b].map(({ home }) => valueAt(named(configMaps, ROOT_CERT_CONFIGMAP, home), 'data', 'root-cert.pem'));
  if (left === undefined || right === undefined) return 'unknown';
  return left === right ? 'shared' : 'apart';
}

function policyReach({ networkPolicies }: IsolationObjects, a: Mesh, b: Mesh): readonly string[] {
  const ways = b.namespaces.flatMap((to) => a.namespaces.map((from) => wayIn(networkPolicies, { name: from.metadata.name, labels: from.metadata.labels ?? {} }, to.metadata.name)));
  return [...new Set(ways.filter((way) => way !== ''))];
}

function between(objects: IsolationObjects, a: Mesh, b: Mesh): Reach {
  const { api, why } = apiReach(objects, a.account, b.namespaces);
  const config = configReach(objects, a, api);
  const root = rootReach(objects, a, b);
  const ways = policyReach(objects, a, b);
  return {
    from: a.id, to: b.id, api, config, root, policy: ways.length === 0 ? 'closed' : 'open',
    why: [...why, ...(config === 'takes in' ? ['its mesh configuration has no discoverySelectors'] : []), ...(root === 'shared' ? ['both have the same root certificate'] : []), ...ways],
  };
}

/** The matrix of all meshes, each with each other and with the rest of the cluster. Pure. Law: what cannot be shown to be apart is not called apart. */
export function isolationMatrix(objects: IsolationObjects): readonly Reach[] {
  const meshes = meshesOf(objects);
  const taken = new Set(meshes.flatMap(({ namespaces }) => namespaces.map(({ metadata }) => metadata.name)));
  const rest = objects.namespaces.filter(({ metadata }) => !taken.has(metadata.name));
  return meshes.flatMap((mesh) => {
    const others = meshes.filter(({ id }) => id !== mesh.id).map((other) => between(objects, mesh, other));
    const { api, why } = apiReach(objects, mesh.account, rest);
    return [...others, { from: mesh.id, to: NO_MESH, api, config: configReach(objects, mesh, api), root: '' as const, policy: '' as const, why }];
  });
}

/** True when nothing of the one reaches the other. */
export function isApart({ api, root, policy }: Reach): boolean {
  return api === 'nothing' && (root === 'apart' || root === '') && policy !== 'open';
}
