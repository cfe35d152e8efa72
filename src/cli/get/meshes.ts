import { CONTROL_PLANE, MEMBER_ROLL } from '../../api/kinds.ts';
import { ROLL_NAME } from '../../api/names.ts';
import { isDeleting, type KubeObject } from '../../k8s/object.ts';
import { sortedBy } from '../../lib/sort.ts';
import { objectsAt, textAt, textsAt } from '../diagnostics/fields.ts';
import { ageText, type Tone } from './table.ts';
import type { View } from './view.ts';

/** A control plane as `tmesh get meshes` shows it. */
export interface MeshRow {
  readonly namespace: string;
  readonly name: string;
  /** Components, `ready/all`. */
  readonly ready: string;
  /** Reason of condition Ready; Deleting; or NotReconciled: nobody has worked on it. */
  readonly status: string;
  readonly version: string;
  /** Members, `configured/all`. */
  readonly members: string;
  readonly profiles: readonly string[];
  /** Routes of Gateways, `admitted/all`; '' while IOR is off. */
  readonly routes: string;
  readonly operatorVersion: string;
  readonly message: string;
  readonly created: string;
}

function readyOf(plane: KubeObject): { readonly status: string; readonly message: string } {
  const ready = objectsAt(plane, 'status', 'conditions').find(({ type }) => type === 'Ready');
  if (isDeleting(plane)) return { status: 'Deleting', message: textAt(ready, 'message') };
  return ready === undefined ? { status: 'NotReconciled', message: 'no operator has worked on it yet' } : { status: textAt(ready, 'reason'), message: textAt(ready, 'message') };
}

function rowOf(plane: KubeObject, rolls: readonly KubeObject[]): MeshRow {
  const { namespace = '', name, creationTimestamp = '' } = plane.metadata;
  const roll = rolls.find(({ metadata }) => metadata.namespace === namespace && metadata.name === ROLL_NAME);
  const total = textAt(plane, 'status', 'ior', 'total');
  return {
    namespace, name, ...readyOf(plane),
    ready: textAt(plane, 'status', 'annotations', 'readyComponentCount'),
    version: textAt(plane, 'status', 'chartVersion'),
    members: roll === undefined ? '0/0' : textAt(roll, 'status', 'annotations', 'configuredMemberCount'),
    profiles: textsAt(plane, 'status', 'appliedSpec', 'profiles'),
    routes: total === '' ? '' : `${textAt(plane, 'status', 'ior', 'admitted')}/${total}`,
    operatorVersion: textAt(plane, 'status', 'operatorVersion'), created: creationTimestamp,
  };
}

function toneOf({ status }: MeshRow): Tone {
  if (status === 'ComponentsReady') return 'good';
  return /Error|Missing|Unsupported|Foreign|ErrMultiple|Conflict/.test(status) ? 'bad' : 'waiting';
}

/** Control planes with their rolls. */
export const MESHES: View<MeshRow> = {
  columns: [
    { title: 'NAMESPACE', cell: ({ namespace }) => namespace },
    { title: 'NAME', cell: ({ name }) => name },
    { title: 'READY', cell: ({ ready }) => ready },
    { title: 'STATUS', cell: ({ status }) => status, tone: toneOf },
    { title: 'VERSION', cell: ({ version }) => version },
    { title: 'MEMBERS', cell: ({ members }) => members },
    { title: 'AGE', cell: ({ created }, now) => ageText(created, now) },
    { title: 'ROUTES', cell: ({ routes }) => routes, isWide: true },
    { title: 'PROFILES', cell: ({ profiles }) => profiles.join(','), isWide: true },
    { title: 'OPERATOR', cell: ({ operatorVersion }) => operatorVersion, isWide: true },
    { title: 'MESSAGE', cell: ({ message }) => message, isWide: true },
  ],
  read: async (reader, namespace) => {
    const [planes, rolls] = await Promise.all([reader.list(CONTROL_PLANE, { namespace }), reader.list(MEMBER_ROLL, { namespace })]);
    return sortedBy(planes.map((plane) => rowOf(plane, rolls)), (row) => `${row.namespace} ${row.name}`);
  },
};
