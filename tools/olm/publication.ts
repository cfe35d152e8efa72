/*
 * What only the publisher of a release knows. Nothing here is invented: a value under `.example` (RFC 2606) stands for "not decided yet", and
 * `npm run bundle -- --release` names each of them and refuses.
 */

/** Registry and path of the operator's and the bundle's image; empty: the cluster's own, which is what the tests use. */
export const IMAGE_REGISTRY: string = '';

/** Where the source is. */
export const REPOSITORY = 'https://tenant-mesh-operator.example/source';

/** Where users ask for help. */
export const SUPPORT = 'https://tenant-mesh-operator.example/support';

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
}

/** All releases, oldest first; the last is the version of package.json. */
export const RELEASES: readonly Release[] = [{ version: '0.1.0', createdAt: '2026-11-27T00:00:00Z', channels: ['candidate', 'stable'] }];
