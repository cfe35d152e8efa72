/*
 * What only the publisher of a release knows. Nothing here is invented: a value under `.example` (RFC 2606) stands for "not decided yet", and
 * `npm run release -- --check` names each of them and refuses.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Registry and path of the operator's and the bundle's image; empty: the cluster's own, which is what the tests use. */
export const IMAGE_REGISTRY: string = '';

/** Where the source is. */
export const REPOSITORY = 'https://tenant-mesh-operator.example/source';

/** Where users ask for help. */
export const SUPPORT = 'https://tenant-mesh-operator.example/support';

/** Folder of a release's files, as `/v0.1.0/…`. */
export const DOWNLOADS = 'https://tenant-mesh-operator.example/downloads';

/** Who answers reviewers. */
export const MAINTAINERS: readonly { readonly name: string; readonly email: string }[] = [{ name: 'tenant-mesh-operator maintainers', email: 'maintainers@tenant-mesh-operator.example' }];

/** A release of the bundle. Released bundles never change. */
export interface Release {
  readonly version: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Archetypes of channels (operator-registry, semver template). */
  readonly channels: readonly ('candidate' | 'stable')[];
  /** Faulty releases that an upgrade steps over. */
  readonly skips?: readonly string[];
  /** What the registry answered when our images were pushed, `sha256:…`. Not in src/: the operator's image would depend on its own digest. */
  readonly digests: Readonly<Partial<Record<OwnImage, string>>>;
}

/** Images that we publish. */
export type OwnImage = 'operator' | 'bundle';

/** Where the releases are kept; `npm run release` adds a row. */
export const RELEASES_FILE = 'tools/olm/releases.json';

/** All releases, oldest first; the last is the version of package.json. */
export const RELEASES = JSON.parse(readFileSync(join(import.meta.dirname, 'releases.json'), 'utf8')) as readonly Release[];

/** What the catalog says of a release that is out: its `olm.bundle`, as it was when it was published. */
export function releasedEntry(version: string): object {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'released', `v${version}.json`), 'utf8')) as object;
}
