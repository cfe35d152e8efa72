import { CONTROL_PLANE, MUTATING_WEBHOOK, NAMESPACE, VALIDATING_WEBHOOK } from '../../api/kinds.ts';
import { LABEL_MEMBER_OF } from '../../api/names.ts';
import { labelOf, type KubeObject } from '../../k8s/object.ts';
import { EMPTY_PLAN, type Plan, type Stage } from '../../k8s/plan.ts';
import { refOf } from '../../k8s/ref.ts';
import type { BuildableMesh, MeshView } from './mesh-view.ts';
import type { ControlPlaneObserved } from './observed.ts';
import { supportRecheckMs } from '../versions.ts';
import { pruneStages, removalStages } from './prune.ts';
import { stagesOf, stepOf } from './waves.ts';

/** While a kind is not served nobody tells us when it comes. */
const RECHECK_MS = 1000;

/** The namespace of the control plane is one of the mesh's own: istiod's discovery selector and the NetworkPolicies go by this label. */
function namespaceStage({ namespace, namespaceObject }: ControlPlaneObserved, wanted: 'labelled' | 'unlabelled'): Stage {
  if (namespaceObject === undefined) return [];
  const isLabelled = labelOf(namespaceObject, LABEL_MEMBER_OF) === namespace;
  if (isLabelled === (wanted === 'labelled')) return [];
  const patch = { metadata: { labels: { [LABEL_MEMBER_OF]: wanted === 'labelled' ? namespace : null } } };
  return [{ do: 'patch', ref: refOf(NAMESPACE, namespaceObject), patch }];
}

/** Webhooks that are there stay as long as we do not know what they should say. */
function prunable(observed: ControlPlaneObserved, mesh: BuildableMesh): ControlPlaneObserved {
  if (mesh.webhooks.length > 0) return observed;
  const webhooks: readonly string[] = [MUTATING_WEBHOOK.kind, VALIDATING_WEBHOOK.kind];
  return { ...observed, managed: observed.managed.filter(({ kind }) => !webhooks.includes(kind)) };
}

/**
 * The stages of a mesh: its namespace, the waves up to the first that is not ready, the webhooks, and when all waves are in what is left over.
 * All of it in every pass: what is as it should be costs no request, and what drifted is repaired.
 */
function meshStages(observed: ControlPlaneObserved, mesh: BuildableMesh): Stage[] {
  const { waves, components, webhooks } = mesh;
  const wanted: KubeObject[] = [...components.flatMap(({ objects }) => objects), ...webhooks].map(({ object }) => object);
  const stages = [
    namespaceStage(observed, 'labelled'),
    ...stagesOf(waves.components),
    webhooks.map(stepOf),
    ...(waves.isAllIn ? pruneStages(prunable(observed, mesh), wanted) : []),
  ];
  return stages.filter((stage) => stage.length > 0);
}

/** Everything goes, in reverse order; the namespace's label last, unless another SMCP takes the namespace over. */
function deletionStages(observed: ControlPlaneObserved): Stage[] {
  const label = observed.siblings.length === 0 ? namespaceStage(observed, 'unlabelled') : [];
  return [...removalStages(observed.managed, observed), ...(label.length === 0 ? [] : [label])];
}

/**
 * What to do about a mesh now. Control flow: gone or deleting → everything of ours goes, then the finalizer;
 * a second SMCP, or mistakes of the user → nothing is written; else finalizer, namespace, waves, webhooks, prune.
 */
export function planControlPlane(observed: ControlPlaneObserved, view: MeshView, now: Date): Plan {
  switch (view.state) {
    case 'gone': return { ...EMPTY_PLAN, stages: removalStages(observed.managed, observed) };
    case 'deleting': return { ...EMPTY_PLAN, finalizer: 'release', primary: refOf(CONTROL_PLANE, view.smcp), stages: deletionStages(observed) };
    case 'second': return EMPTY_PLAN;
    case 'refused': return { ...EMPTY_PLAN, problems: view.problems };
    default: {
      const isWaitingForKinds = view.components.some(({ unservedKinds }) => unservedKinds.length > 0);
      const recheckAfterMs = isWaitingForKinds ? RECHECK_MS : supportRecheckMs(view.version.patch, now);
      return {
        finalizer: 'ensure', primary: refOf(CONTROL_PLANE, view.smcp), stages: meshStages(observed, view),
        waitingFor: view.waves.waitingFor, problems: [], ...(recheckAfterMs === undefined ? {} : { recheckAfterMs }),
      };
    }
  }
}
