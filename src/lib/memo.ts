/**
 * The same function, which remembers its answer for each object as long as that object lives. For pure functions of objects that never change, as those
 * of a cache do: every pass asks again.
 */
export function memoized<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, { readonly value: V }>();
  return (key) => {
    const found = known.get(key) ?? { value: make(key) };
    known.set(key, found);
    return found.value;
  };
}
