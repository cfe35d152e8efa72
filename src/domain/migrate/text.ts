import { FATES, needsDecision, type Fate, type MeshPlan, type MigrationPlan, type PlanRow } from './row.ts';

const TITLES: Readonly<Record<Fate, string>> = {
  unsupported: 'NOT SUPPORTED, decide first', replaced: 'Replaced', changed: 'Changed', dropped: 'Dropped', adopted: 'Adopted as it is',
};

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

function lineOf({ what, why, instead }: PlanRow): string {
  return `    ${what}: ${why}${instead === '' ? '' : `\n        → ${instead}`}`;
}

/** What stays as it is is many and needs no reading: counted by kind. */
function counted(rows: readonly PlanRow[]): string {
  const kinds = Map.groupBy(rows, ({ what }) => what.split(' ')[0] ?? '');
  return `    ${[...kinds].map(([kind, all]) => `${all.length} ${kind}`).join(', ')}`;
}

function groupsOf(rows: readonly PlanRow[], isWide: boolean): string {
  return FATES.flatMap((fate) => {
    const group = rows.filter((row) => row.fate === fate);
    if (group.length === 0) return [];
    return [`  ${TITLES[fate]} (${group.length})`, ...(fate === 'adopted' && !isWide ? [counted(group)] : group.map(lineOf))];
  }).join('\n');
}

function meshText(plan: MeshPlan, isWide: boolean): string {
  const version = `${plan.version === '' ? 'no version' : plan.version} → Istio ${plan.istioVersion === '' ? '(none)' : plan.istioVersion}`;
  const head = `Mesh ${plan.mesh}/${plan.name}: ${version}; ${plural(plan.members.length, 'member')}, ${plural(plan.sidecars, 'pod')} with a sidecar of the old mesh, ${plural(plan.created, 'new object')}`;
  return `${head}\n${groupsOf(plan.rows, isWide)}\n`;
}

/** The plan for people. In: whether each adopted object is named. */
export function migrationText(plan: MigrationPlan, isWide = false): string {
  if (plan.meshes.length === 0) return 'There is no ServiceMeshControlPlane: nothing to move.\n';
  const cluster = plan.cluster.length === 0 ? '' : `Cluster\n${groupsOf(plan.cluster, isWide)}\n\n`;
  const verdict = needsDecision(plan) ? 'Something is not supported: decide about it, then ask for the plan again.' : 'Everything can be moved.';
  return `${cluster}${plan.meshes.map((mesh) => meshText(mesh, isWide)).join('\n')}\n${verdict}\n`;
}
