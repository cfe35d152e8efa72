/** Many may be inside at once, or one alone: nobody writes to an API server that is being restarted. */
export class Gate {
  #inside = 0;
  #alone: Promise<void> = Promise.resolve();
  #isClosed = false;
  #emptied: () => void = () => undefined;

  /** Runs work while nobody is alone. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    while (this.#isClosed) await this.#alone;
    this.#inside += 1;
    try {
      return await work();
    } finally {
      this.#inside -= 1;
      if (this.#inside === 0) this.#emptied();
    }
  }

  /** Waits until nobody is inside, and runs work with nobody else. */
  async alone(work: () => Promise<void>): Promise<void> {
    while (this.#isClosed) await this.#alone;
    this.#isClosed = true;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#alone = promise;
    try {
      if (this.#inside > 0) await new Promise<void>((done) => { this.#emptied = done; });
      this.#emptied = () => undefined;
      await work();
    } finally {
      this.#isClosed = false;
      resolve();
    }
  }
}
