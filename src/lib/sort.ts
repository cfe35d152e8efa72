/** Compares by code unit, never by locale: the same order on every machine. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** A sorted copy of texts without duplicates. */
export function sortedUnique(values: Iterable<string>): string[] {
  return [...new Set(values)].toSorted(compareText);
}

/** A sorted copy by the text that `key` gives. Stable. */
export function sortedBy<T>(values: Iterable<T>, key: (value: T) => string): T[] {
  return [...values].toSorted((a, b) => compareText(key(a), key(b)));
}
