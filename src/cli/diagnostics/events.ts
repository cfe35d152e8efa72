import { sortedBy } from '../../lib/sort.ts';
import type { KubeObject } from '../../k8s/object.ts';
import { textAt } from './fields.ts';

/** When it happened last; events of the two APIs say it in different fields. */
function timeOf(event: KubeObject): string {
  const series = textAt(event, 'series', 'lastObservedTime');
  return [series, textAt(event, 'lastTimestamp'), textAt(event, 'eventTime'), event.metadata.creationTimestamp ?? ''].find((time) => time !== '') ?? '';
}

function lineOf(event: KubeObject): string {
  const count = textAt(event, 'count');
  const about = `${textAt(event, 'involvedObject', 'kind')}/${textAt(event, 'involvedObject', 'name')}`;
  return [timeOf(event), textAt(event, 'type'), count === '' || count === '1' ? '' : `x${count}`, textAt(event, 'reason'), about, textAt(event, 'message').replaceAll(/\s+/g, ' ')]
    .filter((part) => part !== '').join('  ');
}

/** Events as lines, oldest first. */
export function eventLines(events: readonly KubeObject[]): readonly string[] {
  return sortedBy(events, timeOf).map(lineOf);
}

/** True for events that speak of trouble. */
export function isWarning(event: KubeObject): boolean {
  return event['type'] === 'Warning';
}
