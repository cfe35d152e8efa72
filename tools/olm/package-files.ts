import type { Source } from '../../src/runtime/controller.ts';
import { bundleFiles } from './bundle-files.ts';
import { catalogFiles } from './catalog-files.ts';
import { plainFiles } from './plain-files.ts';

/** Folders that hold generated files only: what is in them and is not generated is stale. */
export const PACKAGE_FOLDERS: readonly string[] = ['bundle', 'olm', 'deploy/chart'];

/** File → text of every package. The same source gives the same bytes. In: every cache of the process. */
export function packageFiles(sources: readonly Source[]): ReadonlyMap<string, string> {
  return new Map([...bundleFiles(sources), ...catalogFiles(sources), ...plainFiles(sources)]);
}
