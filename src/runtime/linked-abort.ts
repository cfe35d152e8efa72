/**
 * An abort of our own that also follows a parent signal.
 * Unlink it when the work is over: the parent lives as long as the process, and would keep every listener.
 */
export class LinkedAbort<Reason> {
  readonly #controller = new AbortController();
  readonly #parent: AbortSignal | undefined;
  readonly #follow = (): void => this.#controller.abort(this.#parent?.reason);
  #reason: Reason | undefined;

  constructor(parent?: AbortSignal) {
    this.#parent = parent;
    if (parent?.aborted === true) this.#follow();
    else parent?.addEventListener('abort', this.#follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why we aborted ourselves; undefined while nothing happened or when the parent did it. */
  get reason(): Reason | undefined {
    return this.#reason;
  }

  abort(reason: Reason): void {
    if (this.#controller.signal.aborted) return;
    this.#reason = reason;
    this.#controller.abort(reason);
  }

  unlink(): void {
    this.#parent?.removeEventListener('abort', this.#follow);
  }
}
