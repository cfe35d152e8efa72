import { CONTROL_PLANE, MEMBER, MEMBER_ROLL, NAMESPACE } from '../../api/kinds.ts';
import { LABEL_MEMBER_OF, ROLL_NAME } from '../../api/names.ts';
import { labelOf, type KubeObject } from '../../k8s/object.ts';
import { valueAt, type JsonObject } from '../../lib/json.ts';
import type { ResourceType } from '../../k8s/resource.ts';
import { sortedBy, sortedUnique } from '../../lib/sort.ts';
import type { ObjectReader } from '../cluster-reader.ts';
import { objectsAt, textAt, textsAt } from '../diagnostics/fields.ts';
import { ageText, type Tone } from './table.ts';
import type { View } from './view.ts';

/** A namespace and a mesh that it is in, or wants to be in, as `tmesh get members` shows it. */
export interface MemberRow {
  readonly namespace: string;
  /** Namespace of the mesh. */
  readonly mesh: string;
  readonly ready: 'True' | 'False' | 'Unknown';
  /** Why not; Configured when it is. */
  readonly reason: string;
  /** Who claims it: `member` (its own ServiceMeshMember), `roll`, `*`, `selector`. Empty when that cannot be told. */
  readonly via: readonly string[];
  readonly message: string;
  /** Pods that should be made anew: `2 outdated, 1 missing`; `current` when none; '' when nobody counted them. */
  readonly sidecars: string;
  /** Since when its ServiceMeshMember exists; '' without one. */
  readonly created: string;
}

/** What memberships are read from. */
export interface MemberObjects {
  readonly members: readonly KubeObject[];
  readonly rolls: readonly KubeObject[];
  readonly namespaces: readonly KubeObject[];
  /** For members through a roll alone; their meshes count their pods. */
  readonly controlPlanes: readonly KubeObject[];
}

/** Meshes that a namespace is in or wants to be in, without itself. In: its Namespace, if it can be read, and its ServiceMeshMembers. */
export function meshesOf(namespace: string, own: readonly KubeObject[], members: readonly KubeObject[]): readonly string[] {
  return sortedUnique([...members.map(meshOf), ...own.flatMap((object) => labelOf(object, LABEL_MEMBER_OF) ?? [])]).filter((mesh) => mesh !== namespace && mesh !== '');
}

const meshOf = (member: KubeObject): string => textAt(member, 'spec', 'controlPlaneRef', 'namespace');

function viaOf(namespace: string, member: KubeObject | undefined, roll: KubeObject | undefined): readonly string[] {
  const named = textsAt(roll, 'spec', 'members');
  const isListed = textsAt(roll, 'status', 'members').includes(namespace);
  const byRoll = [...named.includes(namespace) ? ['roll'] : [], ...named.includes('*') && isListed ? ['*'] : []];
  const own = member === undefined ? [] : ['member'];
  return byRoll.length + own.length === 0 && isListed ? ['selector'] : [...own, ...byRoll];
}

function conditionOf(conditions: readonly JsonObject[], type: string): JsonObject | undefined {
  return conditions.find((condition) => condition['type'] === type);
}

type State = Pick<MemberRow, 'ready' | 'reason' | 'message'>;

function stateIn(condition: JsonObject): State {
  const status = textAt(condition, 'status');
  const ready = status === 'True' || status === 'False' ? status : 'Unknown';
  return { ready, reason: textAt(condition, 'reason') || (ready === 'True' ? 'Configured' : ''), message: textAt(condition, 'message') };
}

/** What the member itself says comes first: it is the one that its owner reads. */
function stateOf(namespace: string, isLabelled: boolean, { member, roll }: { readonly member?: KubeObject | undefined; readonly roll?: KubeObject | undefined }): State {
  const own = conditionOf(objectsAt(member, 'status', 'conditions'), 'Ready');
  const inRoll = objectsAt(roll, 'status', 'memberStatuses').find((status) => status['namespace'] === namespace);
  const told = own ?? conditionOf(objectsAt(inRoll, 'conditions'), 'Reconciled');
  if (told !== undefined) return stateIn(told);
  return isLabelled ? { ready: 'True', reason: 'Configured', message: '' } : { ready: 'Unknown', reason: 'NotReconciled', message: 'no operator has worked on it yet' };
}

/** What the member itself says of its pods, or its mesh: that lists members with pods to make anew. */
function sidecarsOf(namespace: string, member: KubeObject | undefined, plane: KubeObject | undefined): string {
  const ofMesh = valueAt(plane, 'status', 'sidecars');
  const listed = objectsAt(ofMesh, 'namespaces').find((entry) => entry['namespace'] === namespace);
  const found = valueAt(member, 'status', 'sidecars') ?? listed;
  if (found === undefined) return member === undefined && ofMesh !== undefined ? 'current' : '';
  const counts = ['outdated', 'missing'].map((state) => `${textAt(found, state)} ${state}`).filter((count) => !/^0? /.test(count));
  return counts.length === 0 ? 'current' : counts.join(', ');
}

/** A row for each namespace and mesh that have to do with each other. Pure. */
export function memberRows({ members, rolls, namespaces, controlPlanes }: MemberObjects): MemberRow[] {
  const pairs = [
    ...members.map((member) => `${member.metadata.namespace ?? ''} ${meshOf(member)}`),
    ...rolls.filter(({ metadata }) => metadata.name === ROLL_NAME).flatMap((roll) =>
      [...textsAt(roll, 'spec', 'members').filter((name) => name !== '*'), ...textsAt(roll, 'status', 'members')].map((name) => `${name} ${roll.metadata.namespace ?? ''}`)),
    ...namespaces.flatMap((namespace) => [labelOf(namespace, LABEL_MEMBER_OF)].filter((mesh) => mesh !== undefined && mesh !== namespace.metadata.name).map((mesh) => `${namespace.metadata.name} ${mesh}`)),
  ];
  return sortedUnique(pairs).map((pair) => {
    const [namespace = '', mesh = ''] = pair.split(' ');
    const member = members.find((object) => object.metadata.namespace === namespace && meshOf(object) === mesh);
    const roll = rolls.find(({ metadata }) => metadata.namespace === mesh && metadata.name === ROLL_NAME);
    const isLabelled = namespaces.some((object) => object.metadata.name === namespace && labelOf(object, LABEL_MEMBER_OF) === mesh);
    const plane = controlPlanes.find(({ metadata }) => metadata.namespace === mesh);
    const sidecars = isLabelled ? sidecarsOf(namespace, member, plane) : '';
    return { namespace, mesh, sidecars, ...stateOf(namespace, isLabelled, { member, roll }), via: viaOf(namespace, member, roll), created: member?.metadata.creationTimestamp ?? '' };
  });
}

/** Of one namespace: as a member, and as a mesh. A project admin may not read the roll of his mesh; his own member says enough. */
async function objectsOf(reader: ObjectReader, namespace: string): Promise<MemberObjects> {
  const [own, inside, rolls, labelled, asking] = await Promise.all([
    reader.list(NAMESPACE, { labelSelector: `kubernetes.io/metadata.name=${namespace}`, isOptional: true }), reader.list(MEMBER, { namespace }), reader.list(MEMBER_ROLL, { namespace }),
    reader.list(NAMESPACE, { labelSelector: `${LABEL_MEMBER_OF}=${namespace}`, isOptional: true }), reader.list(MEMBER, { isOptional: true }),
  ]);
  const meshes = meshesOf(namespace, own, inside);
  const of = (type: ResourceType, places: readonly string[]): Promise<readonly (readonly KubeObject[])[]> => Promise.all(places.map((mesh) => reader.list(type, { namespace: mesh, isOptional: true })));
  const [others, planes] = await Promise.all([of(MEMBER_ROLL, meshes), of(CONTROL_PLANE, [namespace, ...meshes])]);
  const members = [...inside, ...asking.filter((member) => meshOf(member) === namespace && member.metadata.namespace !== namespace)];
  return { members, rolls: [...rolls, ...others.flat()], namespaces: [...own, ...labelled], controlPlanes: planes.flat() };
}

async function everything(reader: ObjectReader): Promise<MemberObjects> {
  const [members, rolls, namespaces, controlPlanes] = await Promise.all([
    reader.list(MEMBER), reader.list(MEMBER_ROLL), reader.list(NAMESPACE, { labelSelector: LABEL_MEMBER_OF }), reader.list(CONTROL_PLANE, { isOptional: true }),
  ]);
  return { members, rolls, namespaces, controlPlanes };
}

function toneOf({ ready, reason }: MemberRow): Tone {
  if (ready === 'True') return 'good';
  return ready === 'Unknown' || reason === 'Configuring' || reason === 'Leaving' ? 'waiting' : 'bad';
}

/** Memberships; a namespace selects those of it as a member and those of it as a mesh. */
export const MEMBERS: View<MemberRow> = {
  columns: [
    { title: 'NAMESPACE', cell: ({ namespace }) => namespace },
    { title: 'MESH', cell: ({ mesh }) => mesh },
    { title: 'READY', cell: ({ ready }) => ready, tone: toneOf },
    { title: 'REASON', cell: ({ reason }) => reason },
    { title: 'VIA', cell: ({ via }) => via.join(',') },
    { title: 'AGE', cell: ({ created }, now) => ageText(created, now) },
    { title: 'SIDECARS', cell: ({ sidecars }) => sidecars, isWide: true, tone: ({ sidecars }) => (sidecars === '' || sidecars === 'current' ? 'good' : 'waiting') },
    { title: 'MESSAGE', cell: ({ message }) => message, isWide: true },
  ],
  read: async (reader, namespace) => {
    const rows = memberRows(namespace === undefined ? await everything(reader) : await objectsOf(reader, namespace));
    const wanted = namespace === undefined ? rows : rows.filter((row) => row.namespace === namespace || row.mesh === namespace);
    return sortedBy(wanted, (row) => `${row.mesh} ${row.namespace}`);
  },
};
