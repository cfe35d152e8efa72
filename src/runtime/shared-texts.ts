/** Texts remembered per generation: more than a large cluster has namespaces and, at one time, timestamps in use. */
const GENERATION = 8192;

/**
 * One copy of each text that objects repeat: their namespace, their names, who wrote them and when. JSON gives every object its own.
 * Two generations, as for parts: a text that nobody asked for while the young one filled is forgotten.
 */
export class SharedTexts {
  #young = new Map<string, string>();
  #old: ReadonlyMap<string, string> = new Map();

  /** The value; if it is a text, the one copy of it. */
  shared<Value>(value: Value): Value {
    return typeof value === 'string' ? this.#text(value) as Value & string : value;
  }

  /** A copy of the record in which the texts at the top are shared. */
  shareIn<Fields extends object>(record: Fields): Fields {
    // Spread and assigned to, the copy keeps its fields inside of it; made of entries it would keep them apart, in one more object.
    const copy = { ...record } as Record<string, unknown>;
    for (const [name, value] of Object.entries(copy)) if (typeof value === 'string') copy[name] = this.#text(value);
    return copy as Fields;
  }

  #text(text: string): string {
    const known = this.#young.get(text);
    if (known !== undefined) return known;
    const kept = this.#old.get(text) ?? text;
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(kept, kept);
    return kept;
  }
}
