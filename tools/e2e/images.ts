import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { OPERATOR_NAME } from '../../src/api/names.ts';
import { ADDON_IMAGES } from '../../src/domain/images.ts';
import { ISTIO_MINORS, NEWEST_MINOR, type IstioMinor } from '../../src/domain/versions.ts';
import { enterNode } from '../cluster/node/enter.ts';
import { CONTAINERD_SOCKET } from '../cluster/node/containerd-config.ts';
import { ensurePackages } from '../cluster/node/debian-packages.ts';
import { Progress, stderrScreen } from '../cluster/progress.ts';
import { jaegerImage, oauthProxyImage, pilotImage, prometheusImage, proxyImage, sampleImage } from '../images/catalogue.ts';
import type { Image } from '../images/image.ts';
import { operatorImage, x64Runtime } from '../images/operator-image.ts';
import { storeImage, type StoredImage } from '../images/store.ts';
import { OPERATOR_VERSION } from '../olm/identity.ts';
import { SAMPLE_IMAGE } from './workloads.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');

/** As deploy/operator.yaml names it, with the registry that a name without one means. */
export const OPERATOR_IMAGE = `docker.io/library/${OPERATOR_NAME}:${OPERATOR_VERSION}`;

/** The patch before another one: `1.31.0` for `1.31.1`. */
export function olderPatch(patch: string): string {
  return patch.replace(/\d+$/, (last) => String(Number(last) - 1));
}

/** The minor before the newest one. */
export const OLDER_MINOR: IstioMinor = olderMinor();

function olderMinor(): IstioMinor {
  const minor = ISTIO_MINORS.at(-2);
  if (minor === undefined) throw new Error('the operator has one minor only: no move between two can be played');
  return minor;
}

/** Istio's images under the names that the operator gives them by default. */
function istioReference(image: string): string {
  return `${NEWEST_MINOR.hub}/${image}:${NEWEST_MINOR.defaultPatch}`;
}

/** The same of an add-on. */
function addonReference(addon: keyof typeof ADDON_IMAGES): string {
  const { registry, image, tag } = ADDON_IMAGES[addon];
  return `${registry}/${image}:${tag}`;
}

async function wantedImages(): Promise<readonly Image[]> {
  const { istiod, proxy } = NEWEST_MINOR.images;
  return [
    await operatorImage(OPERATOR_IMAGE, join(root, 'dist'), x64Runtime(process.execPath, await ensurePackages())),
    await pilotImage(istioReference(istiod)), await proxyImage(istioReference(proxy)), await sampleImage(`docker.io/${SAMPLE_IMAGE}`),
    await prometheusImage(addonReference('prometheus')), await jaegerImage(addonReference('jaeger')), await oauthProxyImage(addonReference('oauth-proxy')),
  ];
}

/** Makes the images of the e2e, or finds them in the cache. */
export async function makeImages(): Promise<readonly StoredImage[]> {
  const progress = new Progress(stderrScreen);
  const made: StoredImage[] = [];
  for (const image of await wantedImages()) made.push(await progress.during(`image ${image.reference}`, () => storeImage(image)));
  return made;
}

/** Hands images to the containerd of a cluster. In: pid of its host process. */
export async function importImages(images: readonly StoredImage[], hostPid: number): Promise<void> {
  const { containerd } = await ensurePackages();
  const [program, ...parameters] = enterNode(hostPid);
  const ctr = [...parameters, join(containerd, 'usr/bin/ctr'), '--address', CONTAINERD_SOCKET, '--namespace', 'k8s.io'];
  await Promise.all(images.map(({ archive }) => run(program, [...ctr, 'images', 'import', archive])));
  for (const { reference } of images) {
    for (const other of otherReferences(reference)) await run(program, [...ctr, 'images', 'tag', '--force', reference, other]);
  }
}

/** There is one build of Istio here: it also answers to the names of the patch before and of the minor before, so that moves between them can be played. */
function otherReferences(reference: string): readonly string[] {
  const patch = NEWEST_MINOR.defaultPatch;
  if (!reference.startsWith(`${NEWEST_MINOR.hub}/`) || !reference.endsWith(`:${patch}`)) return [];
  return [olderPatch(patch), OLDER_MINOR.defaultPatch].map((other) => `${reference.slice(0, -patch.length)}${other}`);
}
