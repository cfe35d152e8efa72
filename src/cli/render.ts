import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { stringify } from 'yaml';
import { PROFILES_CONFIG_MAP } from '../api/names.ts';
import { messageOf } from '../lib/result.ts';
import { CONFIG_MAP, CONTROL_PLANE, findKind, KIALI, NAMESPACE, NETWORK_ATTACHMENT_DEFINITION, ROUTE } from '../api/kinds.ts';
import type { Isolation } from '../domain/control-plane/facts.ts';
import { convertControlPlane } from '../domain/conversion/control-plane.ts';
import { apiVersionOf, objectOf, type ResourceType } from '../k8s/resource.ts';
import type { KubeObject } from '../k8s/object.ts';
import type { Problem } from '../k8s/plan.ts';
import { meshControllers, operatorFacts } from './controllers.ts';
import { OfflineCluster } from './offline-cluster.ts';
import { playControllers } from './play.ts';
import { withAuthority } from './unpublished.ts';
import { readObjects } from './read-objects.ts';
import { UsageError } from './usage-error.ts';

/** Options of `tmesh render`. */
export interface RenderOptions {
  readonly filename: readonly string[];
  readonly openshift: boolean;
  readonly output: 'yaml' | 'json';
  /** For objects that name no namespace, as `kubectl -n` does. */
  readonly namespace: string;
  /** Files with profiles, named after the file. */
  readonly profile: readonly string[];
  readonly isolation: Isolation;
}

/** An object in the version that the operator reads: control planes as v2, Istio's kinds as v1; undefined for a kind it does not read. @throws UsageError for a control plane that has no v2 form */
export function asRead(object: KubeObject): { readonly type: ResourceType; readonly object: KubeObject } | undefined {
  if (object.kind === CONTROL_PLANE.kind && object.apiVersion.startsWith('maistra.io/')) {
    const converted = convertControlPlane(object, apiVersionOf(CONTROL_PLANE));
    if (!converted.ok) throw new UsageError(`${object.kind} ${object.metadata.name}: ${converted.error}`);
    return { type: CONTROL_PLANE, object: converted.value };
  }
  const [group = ''] = object.apiVersion.includes('/') ? object.apiVersion.split('/') : [''];
  const type = findKind(object.apiVersion, object.kind) ?? findKind(`${group}/v1`, object.kind);
  return type === undefined ? undefined : { type, object: { ...object, apiVersion: apiVersionOf(type) } };
}

/** An object in the namespace that it names, or else in that one. */
export function placed(object: KubeObject, type: ResourceType, namespace: string): KubeObject {
  if (!type.namespaced || object.metadata.namespace !== undefined) return object;
  return { ...object, metadata: { ...object.metadata, namespace } };
}

/** Namespaces that the files speak of but do not contain exist, or nobody could join. */
function namespacesOf(objects: readonly KubeObject[]): readonly string[] {
  const listed = objects.flatMap((object) => {
    const members = (object['spec'] as { members?: unknown } | undefined)?.members;
    return object.kind === 'ServiceMeshMemberRoll' && Array.isArray(members) ? members.filter((name): name is string => typeof name === 'string' && name !== '*') : [];
  });
  return [...new Set([...listed, ...objects.flatMap((object) => object.metadata.namespace ?? [])])];
}

function fill(cluster: OfflineCluster, objects: readonly KubeObject[], namespace: string): void {
  const known = objects.flatMap((object) => asRead(object) ?? []).map(({ type, object }) => ({ type, object: placed(object, type, namespace) }));
  for (const { type, object } of known) cluster.put(type, object);
  const given = new Set(known.filter(({ type }) => type === NAMESPACE).map(({ object }) => object.metadata.name));
  for (const name of namespacesOf(known.map(({ object }) => object))) {
    if (!given.has(name)) cluster.put(NAMESPACE, objectOf(NAMESPACE, { name }));
  }
}

/** An owner that exists only offline has no uid to refer to. */
export function withoutOfflineOwner(object: KubeObject): KubeObject {
  const { ownerReferences, ...metadata } = object.metadata;
  const real = (ownerReferences ?? []).filter((owner) => !owner.uid.startsWith('offline-'));
  return { ...object, metadata: { ...metadata, ...(real.length > 0 ? { ownerReferences: real } : {}) } };
}

const OPERATOR_NAMESPACE = 'tenant-mesh-operator';

/** Files with profiles, as the ConfigMap that would hold them. A profile is named after its file, without `.yaml`. */
function profilesIn(files: readonly string[]): KubeObject[] {
  if (files.length === 0) return [];
  const data = Object.fromEntries(files.map((file) => [basename(file).replace(/\.(ya?ml|json)$/, ''), readText(file)]));
  return [objectOf(CONFIG_MAP, { name: PROFILES_CONFIG_MAP, namespace: OPERATOR_NAMESPACE }, { data })];
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--profile ${file}: ${messageOf(error)}`);
  }
}

/** Every object the operator would apply for the given ones, and the mistakes it would report. Pure but for reading the templates. */
export function renderObjects(objects: readonly KubeObject[], { openshift, namespace, isolation }: Pick<RenderOptions, 'openshift' | 'namespace' | 'isolation'>): { readonly objects: readonly KubeObject[]; readonly problems: readonly Problem[] } {
  const cluster = new OfflineCluster(openshift ? [KIALI] : [KIALI, ROUTE, NETWORK_ATTACHMENT_DEFINITION]);
  fill(cluster, objects, namespace);
  withAuthority(cluster, OPERATOR_NAMESPACE);
  const { objects: applied, problems } = playControllers(meshControllers(operatorFacts({ operatorNamespace: OPERATOR_NAMESPACE, isolation }, {})), cluster);
  return { objects: applied.map(withoutOfflineOwner), problems };
}

/** YAML 1.1 quotes `off`, `yes` and their kind, which kubectl would read as booleans. */
function printed(objects: readonly KubeObject[], output: RenderOptions['output']): string {
  if (output === 'json') return `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }, undefined, 2)}\n`;
  return objects.map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false, version: '1.1' })).join('---\n');
}

/**
 * `tmesh render`: prints the objects on stdout, mistakes on stderr. Throws UsageError for files that cannot be read, that hold
 * nothing for us, or whose control plane would be refused.
 */
export function renderCommand({ filename, openshift, output, namespace, profile, isolation }: RenderOptions): void {
  const given = readObjects(filename);
  if (!given.some((object) => object.kind === CONTROL_PLANE.kind)) throw new UsageError('no ServiceMeshControlPlane in the given files; give one with -f');
  const { objects, problems } = renderObjects([...given, ...profilesIn(profile)], { openshift, namespace, isolation });
  for (const problem of problems) process.stderr.write(`${problem.message.startsWith(problem.path) ? '' : `${problem.path}: `}${problem.message}\n`);
  process.stdout.write(printed(objects, output));
  if (problems.length > 0) throw new UsageError('the operator would report the mistakes above');
}
