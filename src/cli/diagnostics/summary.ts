import type { KubeObject } from '../../k8s/object.ts';
import { containerStatuses, hasCondition, objectsAt, textAt } from './fields.ts';
import type { Gap } from '../cluster-reader.ts';
import type { MeshScope } from './scope.ts';

/** What the first page of a report is made from. */
export interface SummaryInput {
  readonly takenAt: Date;
  readonly tmeshVersion: string;
  readonly serverVersion: string;
  readonly meshes: readonly MeshScope[];
  /** Pods of the meshes and of the operator. */
  readonly pods: readonly KubeObject[];
  /** Lines about trouble, oldest first. */
  readonly warnings: readonly string[];
  readonly gaps: readonly Gap[];
  readonly files: number;
}

const MOST_WARNINGS = 30;

function conditionsOf(object: KubeObject): readonly string[] {
  return objectsAt(object, 'status', 'conditions')
    .map((condition) => [`${textAt(condition, 'type')}=${textAt(condition, 'status')}`, textAt(condition, 'reason'), textAt(condition, 'message')].filter((part) => part !== '').join('  '));
}

function bullets(lines: readonly string[], none: string): string {
  return lines.length === 0 ? `${none}\n` : `${lines.map((line) => `- ${line}`).join('\n')}\n`;
}

function stateOf(object: KubeObject): string {
  const version = textAt(object, 'status', 'chartVersion') || textAt(object, 'spec', 'version');
  const title = `${object.kind} ${object.metadata.name}${version === '' ? '' : ` (${version})`}`;
  return `**${title}**\n\n${bullets(conditionsOf(object), 'No conditions: nobody has worked on it.')}`;
}

function meshPart({ namespace, controlPlanes, rolls, members }: MeshScope): string {
  return [
    `## Mesh ${namespace}\n`,
    controlPlanes.length === 0 ? 'No ServiceMeshControlPlane in this namespace.\n' : controlPlanes.map(stateOf).join('\n'),
    rolls.map(stateOf).join('\n'),
    `Members: ${members.length === 0 ? 'none' : members.join(', ')}\n`,
  ].filter((part) => part !== '').join('\n');
}

/** Why a pod is not ready, in a few words; undefined when it is, or when it has done its work. */
function troubleOf(pod: KubeObject): string | undefined {
  const phase = textAt(pod, 'status', 'phase');
  if (hasCondition(pod, 'Ready', 'True') || phase === 'Succeeded') return undefined;
  const waiting = containerStatuses(pod).flatMap((status) => {
    const reason = textAt(status, 'state', 'waiting', 'reason') || textAt(status, 'state', 'terminated', 'reason');
    return reason === '' || reason === 'Completed' ? [] : [`${textAt(status, 'name')}: ${reason}`];
  });
  return `${pod.metadata.namespace}/${pod.metadata.name}  ${phase}${waiting.length === 0 ? '' : `  (${waiting.join(', ')})`}`;
}

/** The first page of a report, in Markdown. Pure. */
export function summaryText(input: SummaryInput): string {
  const warnings = input.warnings.slice(-MOST_WARNINGS);
  return [
    '# Must-gather\n',
    `Taken ${input.takenAt.toISOString()} by tmesh ${input.tmeshVersion} from Kubernetes ${input.serverVersion}; ${input.files} files.\n`,
    input.meshes.length === 0 ? 'There is no mesh: no ServiceMeshControlPlane and no ServiceMeshMemberRoll was found.\n' : input.meshes.map(meshPart).join('\n'),
    `## Pods that are not ready\n\n${bullets(input.pods.flatMap((pod) => troubleOf(pod) ?? []), 'None.')}`,
    `## Latest warnings\n\n${bullets(warnings, 'None.')}`,
    `## What could not be read\n\n${bullets([...new Set(input.gaps.map(({ what, why }) => (why.includes(what) ? why : `${what}: ${why}`)))], 'Everything was.')}`,
    '## Layout and what was left out\n',
    '- `cluster/`: webhooks, CRDs (without schemas), roles, nodes, labels of all namespaces',
    '- `namespaces/<namespace>/<kind>/<name>.yaml`: objects; `events.txt`; `logs/`; `dumps/` where a process could be asked',
    '- Secrets: their names and the names of their keys only. What looks like a secret elsewhere says `<redacted>`.',
    '- In members: no ConfigMaps but those of the mesh, and no logs but those of the proxy.\n',
  ].join('\n');
}
