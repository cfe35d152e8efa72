import type { Pod } from '../pod.ts';

/** What an image is where programs of this machine are mounted instead of unpacked. */
export interface ProcessImage {
  /** End of the repository, as `/pilot` of `docker.io/istio/pilot:1.31.1`. */
  readonly repository: string;
  readonly entrypoint: readonly string[];
  /** Path in the container → file of this machine. */
  readonly files: Readonly<Record<string, string>>;
  /** Who runs it if the pod does not say. */
  readonly user: number;
}

/** Repository of an image reference: without digest and tag. A colon before a slash belongs to the registry's port. */
export function repositoryOf(image: string): string {
  const [name = ''] = image.split('@');
  const colon = name.lastIndexOf(':');
  return colon > name.lastIndexOf('/') ? name.slice(0, colon) : name;
}

/** The image with that reference; undefined if no program is known for it. */
export function imageFor(reference: string | undefined, images: readonly ProcessImage[]): ProcessImage | undefined {
  const repository = repositoryOf(reference ?? '');
  return images.find((image) => repository.endsWith(image.repository));
}

/** True when every container of the pod has a program here; the others are played. */
export function isRunnable(pod: Pod, images: readonly ProcessImage[]): boolean {
  return [...(pod.spec.initContainers ?? []), ...pod.spec.containers].every(({ image }) => imageFor(image, images) !== undefined);
}
