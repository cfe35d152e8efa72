const PREFIX = 'RELATED_IMAGE_';

/**
 * Images that replace the built-in ones: `RELATED_IMAGE_PILOT=registry/pilot@sha256:…` gives `pilot`. Names are lower-case with `-` for `_`.
 * This is how OLM and disconnected installations name images.
 */
export function relatedImages(environment: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  const pairs = Object.entries(environment).filter((pair): pair is [string, string] => pair[0].startsWith(PREFIX) && pair[1] !== undefined && pair[1] !== '');
  return Object.fromEntries(pairs.map(([name, image]) => [name.slice(PREFIX.length).toLowerCase().replaceAll('_', '-'), image]));
}
