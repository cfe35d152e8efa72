import { KIALI } from '../../api/kinds.ts';
import { controlPlaneSpecSchema, parseControlPlane, type ControlPlaneSpec } from '../../api/maistra-v2/control-plane.ts';
import { ANNOTATION_CONTENT } from '../../api/names.ts';
import { knownFields } from '../../api/schema/known-fields.ts';
import { isJsonObject, valueAt, type JsonObject } from '../../lib/json.ts';
import { compareText, sortedBy } from '../../lib/sort.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import { isDeleting, type KubeObject } from '../../k8s/object.ts';
import type { Problem } from '../../k8s/plan.ts';
import { nodePluginObstacle, type NodePluginObstacle } from '../cni/readiness.ts';
import { normalizeControlPlane } from '../conversion/control-plane.ts';
import { withoutEmptyTexts } from '../validation/field-problems.ts';
import { specFindings, validateControlPlane } from '../validation/control-plane.ts';
import { chooseVersion, moveProblem, type ChosenVersion } from '../versions.ts';
import { aliasHosts, canaryOf, type Canary } from './canary.ts';
import { renderCanary } from './canary-render.ts';
import type { Charts } from './charts.ts';
import { decorate, type Decoration } from './decorate.ts';
import { istiodVersion, runningVersions } from './istiod-version.ts';
import { hasForeignKiali, rootCertificateOf, scopedApiAuthorityOf, type ControlPlaneObserved } from './observed.ts';
import { resolveProfiles } from './profiles.ts';
import { proxyVersion } from './proxy-version.ts';
import { identityOf } from './prune.ts';
import { isAvailable, readinessHeldBack, readinessOf, readinessOnceWritten, scopedApiObstacle, type ComponentReadiness } from './readiness.ts';
import { renderMesh, type RenderedComponent, type RenderedMesh, type WantedObject } from './render.ts';
import { isCni } from './values/injector.ts';
import { istiodName, type ValuesInput } from './values/input.ts';
import { wavesOf, type Waves } from './waves.ts';

/** A mesh that can be built: everything that plan and status say follows from this. */
export interface BuildableMesh {
  readonly state: 'buildable';
  readonly smcp: KubeObject;
  /** The spec with profiles applied. */
  readonly appliedSpec: JsonObject;
  readonly version: ChosenVersion;
  readonly components: readonly RenderedComponent[];
  readonly webhooks: readonly WantedObject[];
  readonly waves: Waves;
  /** Why pods of a mesh that goes by the node plug-in do not start; absent for nothing. */
  readonly nodePlugin?: NodePluginObstacle;
  /** A newer Istio beside the mesh's own. */
  readonly canary?: Canary;
  /** Readiness as it is if this pass succeeds in all it writes. */
  readonly readiness: readonly ComponentReadiness[];
  /** Readiness as it is if it does not: what is missing is missing. */
  readonly observedReadiness: readonly ComponentReadiness[];
}

/** How a mesh stands; every pass is in exactly one of these states. */
export type MeshView =
  /** The SMCP is gone; something of it may be left. */
  | { readonly state: 'gone' }
  | { readonly state: 'deleting'; readonly smcp: KubeObject }
  /** An older SMCP has the namespace. */
  | { readonly state: 'second'; readonly smcp: KubeObject; readonly first: string }
  | { readonly state: 'refused'; readonly smcp: KubeObject; readonly problems: readonly Problem[] }
  | BuildableMesh;

/** `<operatorVersion>-<generation>`, as objects and statuses name a state of the mesh. */
export function meshGenerationOf(smcp: KubeObject, operatorVersion: string): string {
  return `${operatorVersion}-${smcp.metadata.generation ?? 0}`;
}

/** The SMCP that owns the namespace: the oldest, and of several equally old ones the first by name (spec/api-smcp.md 4.1). */
export function firstOf(controlPlanes: readonly KubeObject[]): KubeObject | undefined {
  return controlPlanes.toSorted((a, b) =>
    compareText(a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '') || compareText(a.metadata.name, b.metadata.name))[0];
}

interface Understood {
  readonly appliedSpec: JsonObject;
  readonly version: ChosenVersion;
  readonly canary: Canary | undefined;
  readonly input: Omit<ValuesInput, 'version'>;
}

/** A Service's name is a DNS label, and `istiod-<name>` is one. */
function nameProblems({ name }: ControlPlaneObserved): Problem[] {
  if (/^[a-z0-9-]*[a-z0-9]$/.test(name) && name.length <= 50) return [];
  return [{
    path: 'metadata.name', value: name.slice(0, 80), reason: 'ValidationError',
    message: `metadata.name "${name.slice(0, 80)}" cannot be part of the name of a Service; create the ServiceMeshControlPlane under a name of at most 50 letters, digits and "-"`,
  }];
}

function specOf(smcp: KubeObject): JsonObject {
  const spec = valueAt(smcp, 'spec');
  return isJsonObject(spec) ? spec : {};
}

function istiodOf(observed: ControlPlaneObserved): KubeObject | undefined {
  return observed.managed.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === istiodName(observed));
}

/** An istiod that serves without the scoped API is not exchanged for one that would wait for it: it goes on until the scoped API serves. */
function changeoverObstacle(observed: ControlPlaneObserved, istiod: KubeObject | undefined): Pick<ValuesInput, 'scopedApiObstacle'> {
  if (istiod === undefined || valueAt(istiod, 'spec', 'template', 'metadata', 'annotations', ANNOTATION_CONTENT) !== undefined) return {};
  const obstacle = scopedApiObstacle(observed);
  return obstacle === '' ? {} : { scopedApiObstacle: `${obstacle}; until then the istiod that is there goes on as it is` };
}

/** The user's own spec was right: what is wrong came from a profile, or is wrong together with one. */
function filledInBy(found: Problem, { profiles }: JsonObject): Problem {
  return { ...found, message: `${found.message} (with what the profiles ${Array.isArray(profiles) ? profiles.join(', ') : ''} fill in)` };
}

/** What is rendered from: fields that no schema knows have no effect. */
function knownSpec(spec: ControlPlaneSpec): ControlPlaneSpec {
  // Without some fields it still fits the schema: all of them are optional.
  return knownFields(controlPlaneSpecSchema, spec) as ControlPlaneSpec;
}

/** Reads an SMCP: validation first, then profiles, then the version. Every mistake of the user ends here, as problems. */
function understand(smcp: KubeObject, observed: ControlPlaneObserved): Result<Understood, readonly Problem[]> {
  const { problems } = validateControlPlane(smcp, { others: [], operatorNamespace: observed.facts.operatorNamespace });
  const resolved = resolveProfiles(specOf(smcp), observed.profiles);
  const mistakes = [...nameProblems(observed), ...problems, ...resolved.problems];
  if (mistakes.length > 0) return err(mistakes);
  const parsed = parseControlPlane({ ...smcp, spec: withoutEmptyTexts(resolved.spec) });
  if (!parsed.ok) return err(parsed.error.map((found) => filledInBy(found, resolved.spec)));
  // The user's own spec is right; with what profiles fill in it may not be.
  const filledIn = specFindings(parsed.value.spec).problems;
  if (filledIn.length > 0) return err(filledIn.map((found) => filledInBy(found, resolved.spec)));
  const running = valueAt(smcp, 'status', 'chartVersion');
  const version = chooseVersion(parsed.value.spec.version, typeof running === 'string' ? running : undefined);
  if (!version.ok) return err([version.error]);
  const skipped = moveProblem(version.value, runningVersions(observed));
  if (skipped !== undefined) return err([skipped]);
  const spec = knownSpec(parsed.value.spec);
  const canary = canaryOf(observed, spec, version.value);
  if (!canary.ok) return err([canary.error]);
  const { name, namespace, members, facts } = observed;
  const istiod = istiodOf(observed);
  const input = {
    name, namespace, members, facts, spec,
    movedNamespaces: canary.value?.namespaces ?? [], aliasHosts: aliasHosts(observed, version.value, canary.value),
    proxyVersion: proxyVersion(observed, version.value), istiodVersion: istiodVersion(observed, version.value),
    rootCertificate: rootCertificateOf(observed), scopedApiAuthority: scopedApiAuthorityOf(observed), isIstiodAvailable: istiod !== undefined && isAvailable(istiod),
    ...changeoverObstacle(observed, istiod),
  };
  return ok({ appliedSpec: resolved.spec, version: version.value, canary: canary.value, input });
}

/** A Kiali resource that somebody else made is used as it is. */
function withoutForeignKiali(mesh: RenderedMesh, observed: ControlPlaneObserved): RenderedMesh {
  const isForeign = ({ type, object }: WantedObject): boolean => type === KIALI && hasForeignKiali(observed, object.metadata.name);
  return { ...mesh, components: mesh.components.map((component) => ({ ...component, objects: component.objects.filter((object) => !isForeign(object)) })) };
}

/** Version labels: the mesh's, but istiod's own while it waits for the gateways. */
function decorated(mesh: RenderedMesh, decoration: Decoration, istiod: ChosenVersion): RenderedMesh {
  const forIstiod = { ...decoration, version: istiod.patch };
  const decorationOf = ({ name }: RenderedComponent): Decoration => (name === 'istio-discovery' ? forIstiod : decoration);
  return {
    components: mesh.components.map((component) => ({ ...component, objects: component.objects.map((object) => decorate(object, component.name, decorationOf(component))) })),
    webhooks: mesh.webhooks.map((object) => decorate(object, 'istio-discovery', forIstiod)),
  };
}

/** The mesh and its canary, which is a part of istio-discovery: the rest waits for either. */
function withCanary(mesh: RenderedMesh, canary: RenderedMesh['webhooks'], webhooks: RenderedMesh['webhooks']): RenderedMesh {
  const components = mesh.components.map((component) => (component.name === 'istio-discovery' ? { ...component, objects: [...component.objects, ...canary] } : component));
  return { components, webhooks: [...mesh.webhooks, ...webhooks] };
}

/** A mesh whose istiod is still to go back is not done, even when every part is ready. */
function withIstiodBehind(waves: Waves, { istiodVersion: istiod }: Understood['input'], version: ChosenVersion): Waves {
  const isBehind = istiod.patch !== version.patch && waves.waitingFor.length === 0;
  return isBehind ? { ...waves, waitingFor: ['istio-discovery'] } : waves;
}

/** An istiod that is not ready may be waiting for what it reads the cluster through; one that is ready lives on without, and one that is held back says so already. */
function withScopedApi(readiness: readonly ComponentReadiness[], { scopedApiObstacle: told }: Understood['input'], observed: ControlPlaneObserved): readonly ComponentReadiness[] {
  const obstacle = told !== undefined || scopedApiAuthorityOf(observed) === '' ? '' : scopedApiObstacle(observed);
  if (obstacle === '') return readiness;
  return readiness.map((component) => (component.name === 'istio-discovery' && component.state === 'unready' ? { ...component, reason: `${component.reason}; ${obstacle}` } : component));
}

/** Only a mesh that wants the node plug-in is concerned by its state. */
function pluginObstacle(input: ValuesInput, { nodePlugin, facts }: ControlPlaneObserved): Pick<BuildableMesh, 'nodePlugin'> {
  const obstacle = nodePlugin !== undefined && isCni(input) ? nodePluginObstacle(nodePlugin, facts.operatorNamespace) : undefined;
  return obstacle === undefined ? {} : { nodePlugin: obstacle };
}

function build(smcp: KubeObject, { appliedSpec, version, canary, input }: Understood, context: { readonly observed: ControlPlaneObserved; readonly charts: Charts }): BuildableMesh {
  const { observed, charts } = context;
  const live = new Map(observed.managed.map((object) => [identityOf(object), object]));
  const liveOf = (object: KubeObject): KubeObject | undefined => live.get(identityOf(object));
  const meshGeneration = meshGenerationOf(smcp, observed.facts.operatorVersion);
  const rendered = withoutForeignKiali(renderMesh({ ...input, version }, charts), observed);
  const decoration = { smcp, version: version.patch, meshGeneration, liveOf };
  const beside = canary === undefined ? { objects: [], webhooks: [] } : renderCanary({ ...input, version }, canary, { observed, charts });
  const asCanary = (objects: readonly WantedObject[]): WantedObject[] => objects.map((object) => decorate(object, 'istio-discovery', { ...decoration, version: canary?.version.patch ?? version.patch }));
  const { components, webhooks } = withCanary(decorated(rendered, decoration, input.istiodVersion), asCanary(beside.objects), asCanary(beside.webhooks));
  const waves = withIstiodBehind(wavesOf(components, components.map((component) => readinessOnceWritten(component, liveOf))), input, version);
  const readiness = withScopedApi(components.map((component) => (waves.components.includes(component)
    ? readinessOnceWritten(component, liveOf) : readinessHeldBack(component, liveOf, waves.waitingFor))), input, observed);
  const observedReadiness = withScopedApi(components.map((component) => readinessOf(component, liveOf)), input, observed);
  return {
    state: 'buildable', smcp, appliedSpec, version, components, webhooks, readiness, observedReadiness, waves,
    ...pluginObstacle({ ...input, version }, observed), ...(canary === undefined ? {} : { canary }),
  };
}

/**
 * Looks at a mesh once; plan and status both speak about what is found here. Pure.
 * In: what was observed, and the charts. The order of the questions is the order in which an answer makes the later ones pointless.
 */
export function viewOf(observed: ControlPlaneObserved, charts: Charts): MeshView {
  if (observed.smcp === undefined) return { state: 'gone' };
  const smcp = normalizeControlPlane(observed.smcp);
  if (isDeleting(smcp)) return { state: 'deleting', smcp };
  const first = firstOf([smcp, ...observed.siblings]);
  if (first !== undefined && first.metadata.name !== smcp.metadata.name) return { state: 'second', smcp, first: first.metadata.name };
  const understood = understand(smcp, observed);
  return understood.ok ? build(smcp, understood.value, { observed, charts }) : { state: 'refused', smcp, problems: understood.error };
}

/** Names of components in a state, sorted. */
export function namesIn(readiness: readonly ComponentReadiness[], state: ComponentReadiness['state']): string[] {
  return sortedBy(readiness.filter((component) => component.state === state).map(({ name }) => name), (name) => name);
}
