/** A seeded source of chance in [0, 1): the same seed gives the same numbers (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of the values, by chance. */
export function pick<T>(values: readonly T[], random: () => number): T {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined) throw new Error('there is nothing to pick from');
  return value;
}

const USUAL_SEED = 20_261_122;

/** The seed to use: the number in the environment variable, to play a run again; a new one if it says `random`; else always the same. */
export function chooseSeed(variable: string): number {
  const text = process.env[variable];
  if (text === 'random') return 1 + Math.floor(Math.random() * 2 ** 31);
  const given = Number(text);
  return Number.isInteger(given) && given > 0 ? given : USUAL_SEED;
}
