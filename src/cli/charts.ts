import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { ChartSet } from '../domain/control-plane/charts.ts';

/** Beside the bundle, where `npm run build` puts them; or where they lie in the sources. */
function chartFolder(): string {
  const bundled = join(import.meta.dirname, 'charts');
  return existsSync(bundled) ? bundled : join(import.meta.dirname, '..', 'charts');
}

/**
 * Reads all charts, once, at start: the only place that touches their files.
 * In: their folder; left out: the one that came with this program. Out: path below the folder (with `/`) → text.
 * Throws if the folder cannot be read.
 */
export function loadCharts(folder: string = chartFolder()): ChartSet {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.yaml') || path.endsWith('.tpl'));
  return new Map(files.map((path) => [path.split(sep).join('/'), readFileSync(join(folder, path), 'utf8')]));
}
