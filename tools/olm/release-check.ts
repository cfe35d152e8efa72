import { operatorImage, bundleImage, relatedImages } from './images.ts';
import { OPERATOR_VERSION } from './identity.ts';
import { DOWNLOADS, IMAGE_REGISTRY, MAINTAINERS, RELEASES_FILE, REPOSITORY, SUPPORT, type OwnImage } from './publication.ts';

/** What a release is made of, as far as it can be unfinished. */
export interface ReleaseFacts {
  readonly registry: string;
  readonly images: readonly { readonly name: string; readonly reference: string }[];
  readonly addresses: Readonly<Record<string, string>>;
}

/** The facts of this source. */
export function releaseFacts(): ReleaseFacts {
  const own = [{ name: 'operator', reference: operatorImage(OPERATOR_VERSION) }, { name: 'bundle', reference: bundleImage(OPERATOR_VERSION) }];
  const mails = Object.fromEntries(MAINTAINERS.map(({ name, email }) => [`MAINTAINERS (${name})`, email]));
  return { registry: IMAGE_REGISTRY, images: [...own, ...relatedImages()], addresses: { REPOSITORY, SUPPORT, DOWNLOADS, ...mails } };
}

const OWN: ReadonlySet<string> = new Set<OwnImage>(['operator', 'bundle']);
const DIGEST = /@sha256:[0-9a-f]{64}$/;

/** Why this must not be published: one sentence each, with the way out. Empty: it may. */
export function releaseObstacles({ registry, images, addresses }: ReleaseFacts): readonly string[] {
  const noRegistry = registry === '' ? ['IMAGE_REGISTRY is empty: say in tools/olm/publication.ts where the images are published'] : [];
  const tags = images.filter(({ reference }) => !DIGEST.test(reference))
    .map(({ name, reference }) => `image ${name}: ${reference} is a tag, and tags move; put the digest that its registry answers into ${OWN.has(name) ? `"digests" of its release in ${RELEASES_FILE}` : 'IMAGE_DIGESTS of src/domain/images.ts'}`);
  const placeholders = Object.entries(addresses).filter(([, address]) => /\.example(\/|$)/.test(address))
    .map(([name, address]) => `${name}: ${address} is a placeholder; put the real one into tools/olm/publication.ts`);
  return [...noRegistry, ...tags, ...placeholders];
}
