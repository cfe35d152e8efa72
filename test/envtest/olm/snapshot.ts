import { genericName } from './needed-changes.ts';
import { listOf, type Seen, type Stage } from './stage.ts';

/* What is in the cluster, before and after an upgrade. */

const WRITTEN = ['maistra.io/v1/servicemeshcontrolplanes', 'maistra.io/v2/servicemeshcontrolplanes', 'maistra.io/v1/servicemeshmemberrolls', 'maistra.io/v1/servicemeshmembers'].map((path) => `/apis/${path}`);
const MADE = [
  '/apis/apps/v1/deployments', '/api/v1/services', '/api/v1/serviceaccounts', '/api/v1/configmaps', '/api/v1/secrets', '/apis/networking.k8s.io/v1/networkpolicies',
  '/apis/rbac.authorization.k8s.io/v1/rolebindings', '/apis/rbac.authorization.k8s.io/v1/roles', '/apis/policy/v1/poddisruptionbudgets', '/apis/autoscaling/v2/horizontalpodautoscalers',
];
const MADE_FOR_ALL = ['/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', '/apis/rbac.authorization.k8s.io/v1/clusterroles', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings'];

/** One object as it was. */
export interface Shot {
  /** As of `genericName`. */
  readonly what: string;
  readonly namespace: string;
  readonly isWritten: boolean;
  readonly uid: string;
  readonly resourceVersion: string;
  /** Who wrote it last, and when. */
  readonly written: string;
  /** All but status and what the server keeps for itself. */
  readonly content: string;
}

/** By a key that is unique. */
export type Snapshot = ReadonlyMap<string, Shot>;

const IS_MESH = /^(mesh|project)-\d+$/;

/** Not content: which operator wrote it, and what Deployments count by. */
const NOTES = ['maistra.io/mesh-generation', 'deployment.kubernetes.io/revision'];

function shotOf(path: string, object: Seen): Shot {
  const { metadata, status: _status, ...body } = object;
  const annotations = Object.fromEntries(Object.entries(metadata.annotations ?? {}).filter(([name]) => !NOTES.includes(name)));
  const last = metadata.managedFields?.filter(({ subresource }) => subresource !== 'status').toSorted((a, b) => ((a.time ?? '') < (b.time ?? '') ? -1 : 1)).at(-1);
  return {
    what: genericName(path.split('/').at(-1) ?? '', metadata.name), namespace: metadata.namespace ?? '', isWritten: WRITTEN.includes(path), uid: metadata.uid, resourceVersion: metadata.resourceVersion,
    written: `${last?.manager} ${last?.time}`, content: JSON.stringify({ ...body, labels: metadata.labels, annotations }),
  };
}

/** What users wrote in the meshes of this test, and everything that was made of it. */
export async function snapshot({ client }: Stage): Promise<Snapshot> {
  const inMeshes = await Promise.all([...WRITTEN, ...MADE].map(async (path) => (await listOf(client, path)).filter(({ metadata }) => IS_MESH.test(metadata.namespace ?? '')).map((object) => [path, object] as const)));
  const forAll = await Promise.all(MADE_FOR_ALL.map(async (path) => (await listOf(client, path)).filter(({ metadata }) => IS_MESH.test(metadata.labels?.['maistra.io/owner'] ?? '')).map((object) => [path, object] as const)));
  return new Map([...inMeshes, ...forAll].flat().map(([path, object]) => [`${path} ${object.metadata.namespace ?? ''}/${object.metadata.name}`, shotOf(path, object)]));
}

/** What an upgrade did to what was there. */
export interface Differences {
  /** Gone, or another object of the same name. */
  readonly lost: readonly { readonly what: string; readonly key: string }[];
  /** Of users: anything but the status. */
  readonly rewritten: readonly string[];
  /** Made by the operator, with another content now. */
  readonly changed: readonly { readonly what: string; readonly key: string }[];
  /** Made by the operator, written although the content is the same. */
  readonly touched: readonly string[];
}

/** Compares. */
export function differences(before: Snapshot, after: Snapshot): Differences {
  const pairs = [...before].map(([key, old]) => ({ key, old, now: after.get(key) }));
  const kept = pairs.flatMap(({ key, old, now }) => (now !== undefined && now.uid === old.uid ? [{ key, old, now }] : []));
  return {
    lost: pairs.filter(({ old, now }) => now?.uid !== old.uid).map(({ key, old }) => ({ what: old.what, key })),
    rewritten: kept.filter(({ old, now }) => old.isWritten && (now.content !== old.content || now.written !== old.written)).map(({ key, old, now }) => `${key}: ${old.written} -> ${now.written}`),
    changed: kept.filter(({ old, now }) => !old.isWritten && now.content !== old.content).map(({ key, old }) => ({ what: old.what, key })),
    touched: kept.filter(({ old, now }) => !old.isWritten && now.content === old.content && now.resourceVersion !== old.resourceVersion).map(({ key, now }) => `${key}: ${now.written}`),
  };
}
