import { ADDON_IMAGES, IMAGE_DIGESTS, ISTIO_IMAGES, ISTIO_REGISTRY, OPERATOR_IMAGE_NAME, versionedImageName, type ImageParts } from '../../src/domain/images.ts';
import { ISTIO_MINORS } from '../../src/domain/versions.ts';
import { NAME } from './identity.ts';
import { IMAGE_REGISTRY, RELEASES, type OwnImage } from './publication.ts';

/** An image that a cluster may have to mirror. */
export interface RelatedImage {
  /** As `relatedImages[].name`. */
  readonly name: string;
  /** The variable by which another image is put in its place. */
  readonly variable: string;
  /** With the digest where it is known. */
  readonly reference: string;
}

const namedBy = ({ registry, image, tag }: ImageParts): string => `${registry === '' ? '' : `${registry}/`}${image}:${tag}`;

/** By the digest where it is known, else by the tag. */
function referenceOf(parts: ImageParts, digest = IMAGE_DIGESTS[namedBy(parts)]): string {
  const named = namedBy(parts);
  return digest === undefined ? named : `${named.slice(0, -parts.tag.length - 1)}@${digest}`;
}

const ownDigest = (version: string, image: OwnImage): string | undefined => RELEASES.find((release) => release.version === version)?.digests[image];

/** The operator's own image of a release. */
export function operatorImage(version: string): string {
  return referenceOf({ registry: IMAGE_REGISTRY, image: NAME, tag: version }, ownDigest(version, 'operator'));
}

/** The image that carries the bundle of a release. */
export function bundleImage(version: string): string {
  return referenceOf({ registry: IMAGE_REGISTRY, image: `${NAME}-bundle`, tag: `v${version}` }, ownDigest(version, 'bundle'));
}

const variableOf = (name: string): string => `RELATED_IMAGE_${name.toUpperCase().replaceAll('-', '_')}`;

/** The variable by which the operator knows the image that it is itself. */
export const OPERATOR_IMAGE_VARIABLE = variableOf(OPERATOR_IMAGE_NAME);

function relatedImage(name: string, parts: ImageParts): RelatedImage {
  return { name, variable: variableOf(name), reference: referenceOf(parts) };
}

/**
 * Every image that the operator chooses by itself: Istio's of the newest patch of each minor, and the add-ons'. Older patches run only where a user
 * names one, who then mirrors it.
 */
export function relatedImages(): readonly RelatedImage[] {
  const istio = ISTIO_MINORS.flatMap(({ defaultPatch }) => Object.values(ISTIO_IMAGES)
    .map((image) => relatedImage(versionedImageName(image, defaultPatch), { registry: ISTIO_REGISTRY, image, tag: defaultPatch })));
  return [...istio, ...Object.entries(ADDON_IMAGES).map(([name, parts]) => relatedImage(name, parts))];
}
