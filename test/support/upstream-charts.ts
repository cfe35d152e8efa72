import { execFileSync } from 'node:child_process';
import { parse } from 'yaml';
import type { KubeObject } from '../../src/k8s/object.ts';
import { brickPath } from '../../tools/cluster/bricks.ts';
import { moduleFile } from '../../tools/cluster/module-files.ts';

/** Every object that Helm's own engine makes of a chart of the pinned Istio module. In: the chart, and `key=value` settings. */
export async function upstreamObjects(chart: 'istio-chart-istiod' | 'istio-chart-gateway', settings: readonly string[]): Promise<readonly KubeObject[]> {
  const program = await brickPath('chartrender');
  const text = execFileSync(program, [await moduleFile(chart), 'istio-system', ...settings], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  // The chart's notes for people come out as well.
  return text.split(/^---$/m).filter((part) => /^apiVersion:/m.test(part)).map((part) => parse(part) as KubeObject);
}
