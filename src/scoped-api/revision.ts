/** True for a resource version that can be compared: a decimal number (Kubernetes doc "API concepts"). */
export function isComparable(revision: string): boolean {
  return /^[1-9]\d*$/.test(revision);
}

/** True when `a` is later than `b`. Both are decimal numbers without leading zeros, which may be longer than a number of JavaScript holds. */
export function isAfter(a: string, b: string): boolean {
  return a.length === b.length ? a > b : a.length > b.length;
}
