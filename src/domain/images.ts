/* Every image that the operator runs, once: packaging lists them, the planners name them. */

/** Where an image is when neither the user nor the installation says otherwise. */
export interface ImageParts {
  readonly registry: string;
  readonly image: string;
  readonly tag: string;
}

/** Registry and path of Istio's images; the tag is the patch (`versions.ts`). */
export const ISTIO_REGISTRY = 'docker.io/istio';

/** Names of Istio's images inside the registry. */
export const ISTIO_IMAGES = { istiod: 'pilot', proxy: 'proxyv2', cni: 'install-cni' } as const;

/** Name by which installations put another image of the operator itself in place: `RELATED_IMAGE_OPERATOR`. The scoped API runs from it. */
export const OPERATOR_IMAGE_NAME = 'operator';

/** Processors that the operator's image is built for (Containerfile). */
export const OPERATOR_ARCHITECTURES: readonly string[] = ['amd64', 'arm64'];

/** Images of add-ons. */
export const ADDON_IMAGES = {
  prometheus: { registry: 'docker.io/prom', image: 'prometheus', tag: 'v3.10.0' },
  grafana: { registry: 'docker.io/grafana', image: 'grafana', tag: '12.0.1' },
  kiali: { registry: 'quay.io/kiali', image: 'kiali', tag: 'v2.27' },
  jaeger: { registry: 'docker.io/jaegertracing', image: 'jaeger', tag: '2.17.0' },
  'oauth-proxy': { registry: 'quay.io/openshift', image: 'origin-oauth-proxy', tag: '4.20' },
} as const satisfies Readonly<Record<string, ImageParts>>;

/**
 * `sha256:…` by image, as `registry/image:tag`. A digest is what a registry answers and nothing else: an image that is not here is named by its tag,
 * and `npm run release -- --check` refuses until it is.
 */
export const IMAGE_DIGESTS: Readonly<Record<string, string>> = {};

/** Installations name Istio's images by version, because meshes of several minors live side by side: `pilot-1-31-1`. */
export function versionedImageName(image: string, patch: string): string {
  return `${image}-${patch.replaceAll('.', '-')}`;
}

/** What the installation wants instead of an Istio image: for this version, else for all of them. In: overrides by name. */
export function istioOverride(overrides: Readonly<Record<string, string>>, image: string, patch: string): string | undefined {
  return overrides[versionedImageName(image, patch)] ?? overrides[image];
}
