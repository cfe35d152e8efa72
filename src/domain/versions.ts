import type { Problem } from '../k8s/plan.ts';
import { err, ok, type Result } from '../lib/result.ts';
import { ISTIO_IMAGES, ISTIO_REGISTRY } from './images.ts';

/* Istio versions as data. A new version is a row here and a folder in src/charts. */

/** One Istio minor that this operator can install. */
export interface IstioMinor {
  /** For example `1.31`. */
  readonly minor: string;
  /** Exact versions, oldest first. */
  readonly patches: readonly string[];
  /** The one that is installed when only the minor is asked for. */
  readonly defaultPatch: string;
  /** Registry and path of the images. */
  readonly hub: string;
  /** Image names inside the hub; the tag is the patch. */
  readonly images: { readonly istiod: string; readonly proxy: string; readonly cni: string };
  /**
   * First day without support by the Istio project, as YYYY-MM-DD: six weeks after the minor after the next one is released
   * (istio.io, "Supported Releases"); the first of a month while that is still a guess.
   */
  readonly supportEnds: string;
}

/** The version that applies to a mesh. */
export interface ChosenVersion {
  /** `1.31` */
  readonly minor: string;
  /** `1.31.1`; also the tag of the images and `status.chartVersion`. */
  readonly patch: string;
  readonly row: IstioMinor;
  /** Who chose: the user, the mesh that runs already, or nobody (the newest). */
  readonly chosenBy: 'spec' | 'running' | 'default';
}

function minorRow(minor: string, lastPatch: number, supportEnds: string): IstioMinor {
  const patches = Array.from({ length: lastPatch + 1 }, (_, patch) => `${minor}.${patch}`);
  return { minor, patches, defaultPatch: `${minor}.${lastPatch}`, hub: ISTIO_REGISTRY, images: ISTIO_IMAGES, supportEnds };
}

const NEWEST = minorRow('1.31', 1, '2027-04-01');

/** Every minor this operator can install, oldest first. */
export const ISTIO_MINORS: readonly IstioMinor[] = [minorRow('1.29', 6, '2026-10-01'), minorRow('1.30', 3, '2027-01-01'), NEWEST];

/** The minor a new mesh gets when none is asked for. */
export const NEWEST_MINOR: IstioMinor = NEWEST;

/** Mesh versions of the old operator. Old YAML names them; they mean "none chosen" (spec/api-smcp.md 6). */
export const LEGACY_VERSIONS: readonly string[] = ['v1.0', 'v1.1', 'v2.0', 'v2.1', 'v2.2', 'v2.3', 'v2.4', 'v2.5', 'v2.6'];

/** True for a mesh version of the old operator, which chooses no Istio version. */
export function isLegacyVersion(version: string): boolean {
  return LEGACY_VERSIONS.includes(version);
}

/** What `spec.version` may be, as one phrase for messages. */
export function allowedVersions(): string {
  const minors = ISTIO_MINORS.map(({ minor }) => `v${minor}`).join(', ');
  const patches = ISTIO_MINORS.map(({ patches }) => `${patches[0]}–${patches.at(-1)}`).join(', ');
  return `${minors}, or an exact version (${patches})`;
}

/** `v1.31` for `1.31.1`: what the VERSION column of v1 shows. A text that is no version is returned as it is. */
export function shownMinor(version: string): string {
  const minor = minorOf(version);
  return minor === undefined ? version : `v${minor}`;
}

function minorOf(version: string): string | undefined {
  return /^v?(\d+\.\d+)(\.\d+)?$/.exec(version)?.[1];
}

/** Old operators wrote versions of their own (1.1.18, 2.5.1) into the same status field; Istio's are 1.20 and up. */
export function isIstioVersion(version: string): boolean {
  return Number(/^1\.(\d+)$/.exec(minorOf(version) ?? '')?.[1]) >= 20;
}

function rowOf(minor: string | undefined): IstioMinor | undefined {
  return ISTIO_MINORS.find((row) => row.minor === minor);
}

function unsupported(path: string, version: string, message: string): Problem {
  return { path, value: version.slice(0, 80), message, reason: 'UnsupportedVersion' };
}

function fromSpec(version: string, path = 'spec.version'): Result<ChosenVersion, Problem> {
  const bare = version.startsWith('v') ? version.slice(1) : version;
  const row = rowOf(minorOf(bare));
  const patch = bare === row?.minor ? row.defaultPatch : bare;
  if (row !== undefined && row.patches.includes(patch)) return ok({ minor: row.minor, patch, row, chosenBy: 'spec' });
  const shown = version.length <= 80 ? version : `${version.slice(0, 80)}…`;
  return err(unsupported(path, version, `${path}: this operator has no Istio ${JSON.stringify(shown)}; choose one of ${allowedVersions()}, or remove ${path}`));
}

function fromRunning(running: string): Result<ChosenVersion, Problem> {
  const row = rowOf(minorOf(running));
  if (row !== undefined) return ok({ minor: row.minor, patch: row.defaultPatch, row, chosenBy: 'running' });
  const message = `the mesh runs Istio ${running}, which this operator no longer has; choose one of ${allowedVersions()} in spec.version to move it`;
  return err(unsupported('spec.version', running, message));
}

/**
 * The Istio version of a mesh.
 * In: `spec.version`, and the exact version that runs (`status.chartVersion`), if any.
 * Out: the version, or a problem that lists what is allowed.
 * Law: without a choice in the spec a mesh that runs stays on its minor, whatever operator looks at it; it gets the newest patch.
 */
export function chooseVersion(specVersion: string | undefined, runningChartVersion?: string): Result<ChosenVersion, Problem> {
  if (specVersion !== undefined && specVersion !== '' && !isLegacyVersion(specVersion)) return fromSpec(specVersion);
  if (runningChartVersion !== undefined && isIstioVersion(runningChartVersion)) return fromRunning(runningChartVersion);
  return ok({ minor: NEWEST_MINOR.minor, patch: NEWEST_MINOR.defaultPatch, row: NEWEST_MINOR, chosenBy: 'default' });
}

/** Where the version of a canary stands. */
const CANARY_PATH = 'spec.updateStrategy.canary.version';

/** The Istio version of a canary, which is always named: an old mesh version means nothing here. Out: the version, or a problem that lists what is allowed. */
export function chooseCanaryVersion(version: string): Result<ChosenVersion, Problem> {
  return fromSpec(version, CANARY_PATH);
}

/** May a canary of a version run beside a mesh? It is at most one minor newer, for its pods come from there. In: both versions. */
export function canaryProblem(canary: ChosenVersion, mesh: ChosenVersion): Problem | undefined {
  const skipped = moveProblem(canary, [mesh.patch]);
  return skipped === undefined ? undefined
    : { ...skipped, path: CANARY_PATH, message: `${CANARY_PATH}: the mesh is of Istio ${mesh.patch}, and ${canary.patch} is more than one minor away; choose the next minor` };
}

/** The sentence for a mesh version of the old operator; undefined for any other version. */
export function legacyVersionWarning(specVersion: string | undefined): string | undefined {
  if (specVersion === undefined || !isLegacyVersion(specVersion)) return undefined;
  return `spec.version: ${specVersion} is a version of the old operator and chooses nothing here; use ${allowedVersions()}, or leave it out`;
}

/** How many days before its end the end of a minor's support is announced. */
export const SUPPORT_NOTICE_DAYS = 30;
const DAY_MS = 86_400_000;

/** What is to be said about the age of an Istio version. */
export type Support = { readonly state: 'supported' } | { readonly state: 'ending' | 'ended'; readonly message: string };

function wayOut(row: IstioMinor): string {
  const next = ISTIO_MINORS[ISTIO_MINORS.indexOf(row) + 1];
  return next === undefined ? 'this operator has no newer minor: install a newer operator' : `set spec.version to v${next.minor}`;
}

/**
 * Does the Istio project still mend this version? In: the exact version that runs, and the time. The words name days and count none, so that
 * the status of a mesh changes twice, not daily. A version that this operator does not have counts as supported: another condition tells of it.
 */
export function supportOf(running: string, now: Date): Support {
  const row = rowOf(minorOf(running));
  if (row === undefined) return { state: 'supported' };
  const daysLeft = (Date.parse(row.supportEnds) - now.getTime()) / DAY_MS;
  if (daysLeft > SUPPORT_NOTICE_DAYS) return { state: 'supported' };
  return daysLeft > 0
    ? { state: 'ending', message: `The Istio project supports Istio ${row.minor} until ${row.supportEnds}; ${wayOut(row)}` }
    : { state: 'ended', message: `The Istio project has not supported Istio ${row.minor} since ${row.supportEnds}: it gets no fixes; ${wayOut(row)}` };
}

/** Time until `supportOf` may say something else, at most a day; undefined when it has said its last word. */
export function supportRecheckMs(running: string, now: Date): number | undefined {
  const row = rowOf(minorOf(running));
  if (row === undefined) return undefined;
  const left = Date.parse(row.supportEnds) - now.getTime();
  return left <= 0 ? undefined : Math.min(DAY_MS, left);
}

/** Is an exact version newer than another? No for what is no exact version of Istio. */
export function isNewer(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => /^(\d+)\.(\d+)\.(\d+)$/.exec(text)?.slice(1).map(Number));
  if (a === undefined || b === undefined) return false;
  const different = a.findIndex((part, index) => part !== b[index]);
  return different !== -1 && (a[different] ?? 0) > (b[different] ?? 0);
}

function distance(row: IstioMinor, running: string): number {
  const from = rowOf(minorOf(running));
  return from === undefined ? 0 : ISTIO_MINORS.indexOf(row) - ISTIO_MINORS.indexOf(from);
}

/**
 * May a mesh be moved to a version? In: the version that was chosen, and those that parts of the mesh run now.
 * Istio supports proxies that are one minor older than their istiod, so a move is one minor at a time, up or down, and a part that an unfinished
 * move left behind counts (istio.io, "Control plane / data plane skew"). What this operator does not have is no obstacle: then any way is the way out.
 */
export function moveProblem({ row, patch }: ChosenVersion, running: readonly string[]): Problem | undefined {
  const farthest = running.toSorted((a, b) => Math.abs(distance(row, b)) - Math.abs(distance(row, a)))[0];
  const steps = farthest === undefined ? 0 : distance(row, farthest);
  if (farthest === undefined || Math.abs(steps) <= 1) return undefined;
  const next = ISTIO_MINORS[ISTIO_MINORS.indexOf(row) - Math.sign(steps) * (Math.abs(steps) - 1)];
  const message = `spec.version: the mesh, or a part of it, runs Istio ${farthest}, and ${patch} is ${Math.abs(steps)} minors away; set v${next?.minor} first, and wait for Ready`;
  return { path: 'spec.version', value: patch, message, reason: 'UnsupportedUpgrade' };
}
