import { ADDON_IMAGES, istioOverride, type ImageParts } from '../../images.ts';
import { componentRuntime } from './runtime.ts';
import type { ComponentRuntime } from './runtime.ts';
import type { ValuesInput } from './input.ts';

type Container = NonNullable<ComponentRuntime['container']>;

/** Registry, name and tag of the user over ours. A digest (`sha256:…`) in the tag is joined as a digest. */
function referenceOf(container: Container, ours: ImageParts): string {
  const registry = container.imageRegistry ?? ours.registry;
  const tag = container.imageTag ?? ours.tag;
  const name = `${registry === '' ? '' : `${registry}/`}${container.imageName ?? ours.image}`;
  return `${name}${tag.startsWith('sha256:') ? '@' : ':'}${tag}`;
}

/** The installation's image counts unless the user set registry, name or tag (spec/api-smcp.md 5, point 4). */
function pick(container: Container, override: string | undefined, ours: ImageParts): string {
  const isOpen = container.imageRegistry === undefined && container.imageTag === undefined && container.imageName === undefined;
  return isOpen && override !== undefined ? override : referenceOf(container, ours);
}

/** Image of istiod or of the proxy. `runtime.defaults.container` applies to both. */
export function istioImage(input: ValuesInput, which: 'istiod' | 'proxy', container: Container = {}): string {
  const { row, patch } = input.version;
  const image = row.images[which];
  const { imageRegistry, imageTag } = input.spec.runtime?.defaults?.container ?? {};
  const merged = { ...(imageRegistry === undefined ? {} : { imageRegistry }), ...(imageTag === undefined ? {} : { imageTag }), ...container };
  return pick(merged, istioOverride(input.facts.images, image, patch), { registry: row.hub, image, tag: patch });
}

/** Image of an add-on. `runtime.defaults.container` does not apply: its tag is one of Istio's. */
export function addonImage(input: ValuesInput, addon: keyof typeof ADDON_IMAGES, names: readonly string[]): string {
  const { imageRegistry, imageTag, imageName } = componentRuntime({ runtime: { components: input.spec.runtime?.components } }, names).container ?? {};
  const container = {
    ...(imageRegistry === undefined ? {} : { imageRegistry }), ...(imageTag === undefined ? {} : { imageTag }), ...(imageName === undefined ? {} : { imageName }),
  };
  return pick(container, input.facts.images[addon], ADDON_IMAGES[addon]);
}
