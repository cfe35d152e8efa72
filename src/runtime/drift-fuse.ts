import type { Drift } from './drift.ts';

/** What to do about a drift: put it right, or leave it for now. `isNews`: the fight was not known before. */
export type DriftVerdict =
  | { readonly next: 'repair' }
  | { readonly next: 'leave'; readonly afterMs: number; readonly isNews: boolean };

/** Repairs of one field in a row before we give way. Rule: wishes.md W30. */
export const MOST_REPAIRS = 5;
/** A field left alone for this long starts anew. */
const CALM_MS = 60_000;
export const FIRST_WAIT_MS = 60_000;
export const LONGEST_WAIT_MS = 600_000;
const MOST_FIGHTS = 1_000;

interface Fight {
  repairs: number;
  lastMs: number;
  waitMs: number;
  untilMs: number;
}

/**
 * Ends fights with other writers: after five repairs of one field, each within a minute of the one before, it says to leave the field, for one
 * minute, then for two, up to ten, with one try between. Memory of this process only: a restart allows five more.
 */
export class DriftFuse {
  readonly #fights = new Map<string, Fight>();

  judge(object: string, { field, manager }: Drift, nowMs: number): DriftVerdict {
    const id = JSON.stringify([object, field, manager]);
    const fight = this.#fightOf(id, nowMs);
    if (nowMs < fight.untilMs) return { next: 'leave', afterMs: fight.untilMs - nowMs, isNews: false };
    if (fight.repairs < MOST_REPAIRS) {
      fight.repairs += 1;
      fight.lastMs = nowMs;
      return { next: 'repair' };
    }
    const isNews = fight.waitMs === 0;
    fight.waitMs = isNews ? FIRST_WAIT_MS : Math.min(fight.waitMs * 2, LONGEST_WAIT_MS);
    fight.untilMs = nowMs + fight.waitMs;
    fight.lastMs = fight.untilMs;
    // One try when the time is up; if it is undone again, the next wait is longer.
    fight.repairs = MOST_REPAIRS - 1;
    return { next: 'leave', afterMs: fight.waitMs, isNews };
  }

  /** Fields that are left alone at this time. */
  openCount(nowMs: number): number {
    return [...this.#fights.values()].filter(({ untilMs }) => nowMs < untilMs).length;
  }

  #fightOf(id: string, nowMs: number): Fight {
    const known = this.#fights.get(id);
    if (known !== undefined && nowMs - known.lastMs <= CALM_MS) return known;
    const begun: Fight = { repairs: 0, lastMs: nowMs, waitMs: 0, untilMs: 0 };
    this.#fights.delete(id);
    this.#fights.set(id, begun);
    const oldest = this.#fights.size > MOST_FIGHTS ? this.#fights.keys().next() : undefined;
    if (oldest?.done === false) this.#fights.delete(oldest.value);
    return begun;
  }
}
