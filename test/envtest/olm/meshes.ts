import { eventually } from '../../support/eventually.ts';
import { must } from './olm-programs.ts';
import { listOf, MESHES, type Seen, type Stage } from './stage.ts';

/* The meshes that are there while OLM works. */

/** No program is known for its images: their pods are played, and only the mesh of the walk is real. */
const PLAYED = 'registry.example.com/played';

const SMALL_V2 = { runtime: { defaults: { container: { imageRegistry: PLAYED } } }, gateways: { enabled: false }, tracing: { type: 'None' }, addons: { prometheus: { enabled: false }, grafana: { enabled: false }, kiali: { enabled: false } } };
const SMALL_V1 = {
  istio: { global: { hub: PLAYED }, gateways: { enabled: false }, tracing: { enabled: false }, prometheus: { enabled: false }, grafana: { enabled: false }, kiali: { enabled: false } },
};

/** A control plane with as little in it as there can be. */
export const smallControlPlane = (version: 'v1' | 'v2', name: string, namespace: string): object =>
  ({ apiVersion: `maistra.io/${version}`, kind: 'ServiceMeshControlPlane', metadata: { name, namespace }, spec: version === 'v1' ? SMALL_V1 : SMALL_V2 });

/** Meshes whose control planes are edited while OLM upgrades, one in the words of each API. */
export const EDITED = { v1: 'edited-v1', v2: 'edited-v2' } as const;

const namespaces = (...names: readonly string[]): readonly object[] => names.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
const roll = (mesh: string, ...members: readonly string[]): object => ({ apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMemberRoll', metadata: { name: 'default', namespace: mesh }, spec: { members } });

/** A mesh and its project. */
export function meshObjects(at: number): readonly object[] {
  const [mesh, project] = [`mesh-${at}`, `project-${at}`];
  const member = { apiVersion: 'maistra.io/v1', kind: 'ServiceMeshMember', metadata: { name: 'default', namespace: project }, spec: { controlPlaneRef: { namespace: mesh, name: 'basic' } } };
  return [...namespaces(mesh, project), smallControlPlane(at % 2 === 0 ? 'v2' : 'v1', 'basic', mesh), at % 3 === 0 ? member : roll(mesh, project)];
}

/** Makes the meshes, each with a member; every second one in the words of the first API. Out: when all are ready. */
export async function makeMeshes(stage: Stage): Promise<void> {
  const edited = (['v1', 'v2'] as const).flatMap((version) => [...namespaces(EDITED[version]), smallControlPlane(version, 'basic', EDITED[version])]);
  const items = [...Array.from({ length: MESHES }, (_, at) => meshObjects(at)).flat(), ...edited];
  // What was made when the API server was between two conversions is there; what was refused is made the next time.
  await eventually('meshes are made', async () => await must(stage.cluster, ['apply', '--server-side', '-f', '-'], { apiVersion: 'v1', kind: 'List', items }) !== '', 60);
  await meshesReady(stage);
}

const isReady = (object: Seen): boolean => object.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;

const ROLLS_TOO = ['v2/servicemeshcontrolplanes', 'v1/servicemeshmemberrolls'];

/** Waits until every control plane is ready, and every roll unless told otherwise: a roll whose member is gone never is. */
export async function meshesReady({ client }: Stage, kinds: readonly string[] = ROLLS_TOO): Promise<void> {
  await eventually('all meshes and rolls ready', async () => {
    const all = await Promise.all(kinds.map((path) => listOf(client, `/apis/maistra.io/${path}`)));
    const waiting = all.flat().filter((object) => !isReady(object));
    if (waiting.length > 0 || (all[0]?.length ?? 0) < MESHES - 1) throw new Error(`not ready: ${waiting.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).join(', ')}`);
    return true;
  }, 480);
}
