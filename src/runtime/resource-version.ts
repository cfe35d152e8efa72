const DECIMAL = /^[1-9]\d*$/;

/** True for a resource version that can be put in order. */
export function isComparable(revision: string): boolean {
  return DECIMAL.test(revision);
}

/** True when `a` is later than `b`; false where they cannot be compared. */
export function isLater(a: string, b: string): boolean {
  return a !== b && isAtLeast(a, b);
}

/**
 * Is the version held at least as new as the one wanted?
 * Resource versions of one kind are decimal numbers that grow (promised since Kubernetes 1.35, KEP-5504; true of every etcd-backed server before).
 * They are compared by length and text, never as JavaScript numbers. Where one is not decimal, only equality counts.
 */
export function isAtLeast(held: string | undefined, wanted: string): boolean {
  if (held === undefined) return false;
  if (held === wanted) return true;
  if (!DECIMAL.test(held) || !DECIMAL.test(wanted)) return false;
  return held.length === wanted.length ? held > wanted : held.length > wanted.length;
}
