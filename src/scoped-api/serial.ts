/** Does one thing after the other, in the order asked for. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs when all before it are done; rejects as the work does. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work, work);
    this.#last = next.catch(() => undefined);
    return next;
  }
}
