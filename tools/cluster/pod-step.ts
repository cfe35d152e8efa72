import type { AnyObject } from './list-watch.ts';
import { HOLD_ANNOTATION, NODE_NAME } from './node-object.ts';
import { conditionOf, runsToCompletion, saysOfContainers, type ContainersSeen, type Pod } from './pod.ts';

/** The fields of a Node that decide about pods. */
export interface NodeObject extends AnyObject {
  readonly spec: { readonly unschedulable?: boolean };
}

/** What the node lets pods do at this moment. */
export interface NodeRules {
  /** `kubectl cordon`: pods that are not bound yet stay Pending. */
  readonly isCordoned: boolean;
  readonly held: Readonly<Record<string, string>> | undefined;
}

/** The rules out of a Node object. */
export function rulesOf(node: NodeObject): NodeRules {
  const hold = node.metadata.annotations?.[HOLD_ANNOTATION];
  const pairs = hold?.split(',').map((pair): [string, string] => {
    const [label = '', value = ''] = pair.split('=');
    return [label.trim(), value.trim()];
  });
  return { isCordoned: node.spec.unschedulable ?? false, held: pairs === undefined ? undefined : Object.fromEntries(pairs) };
}

/** The next thing to do for a pod; undefined while there is nothing. */
export type Step = 'finalize' | 'bind' | 'complete' | 'run' | 'hold';

function isHeld(pod: Pod, { held }: NodeRules): boolean {
  return held !== undefined && Object.entries(held).every(([label, value]) => pod.metadata.labels?.[label] === value);
}

function isGated(pod: Pod): boolean {
  return (pod.spec.schedulingGates ?? []).length > 0;
}

function isOver(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

function stepToRun(pod: Pod, rules: NodeRules, seen: ContainersSeen | undefined): Step | undefined {
  if (runsToCompletion(pod)) return 'complete';
  const isReady = seen === undefined || pod.spec.containers.every(({ name }) => seen.ready.has(name));
  const wanted = isReady && !isHeld(pod, rules) ? 'True' : 'False';
  const isTold = conditionOf(pod, 'ContainersReady') === wanted && (seen === undefined || saysOfContainers(pod, seen));
  if (pod.status?.phase === 'Running' && isTold) return undefined;
  return wanted === 'True' ? 'run' : 'hold';
}

/**
 * Decides from the pod and the node alone, so that any number of repetitions, and a restart at any line, end the same.
 * @param seen the containers of a pod that really runs; without, it is played
 */
export function nextStep(pod: Pod, rules: NodeRules, seen?: ContainersSeen): Step | undefined {
  const node = pod.spec.nodeName ?? '';
  if (pod.metadata.deletionTimestamp !== undefined) return node === '' ? undefined : 'finalize';
  if (node === '') return rules.isCordoned || isGated(pod) ? undefined : 'bind';
  return node !== NODE_NAME || isOver(pod) ? undefined : stepToRun(pod, rules, seen);
}
