/**
 * A mistake on the command line or in a file given there: one sentence on stderr, exit code 2, no stack trace.
 * The message names the thing, what is wrong with it and the way out.
 */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}
