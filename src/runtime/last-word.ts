import type { Dispatcher } from 'undici';

/**
 * An undici interceptor that asks once more at the very moment a request is written to its connection; no = it is not sent, and fails.
 * Between handing a request over and writing it, there may be a queue, a TLS handshake, or a SIGSTOP of half a minute.
 */
export function lastWord(maySend: () => boolean): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => dispatch(options, new AskingHandler(handler, maySend));
}

class AskingHandler implements Dispatcher.DispatchHandler {
  readonly #inner: Dispatcher.DispatchHandler;
  readonly #maySend: () => boolean;

  constructor(inner: Dispatcher.DispatchHandler, maySend: () => boolean) {
    this.#inner = inner;
    this.#maySend = maySend;
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    // undici turns a throw here into the failure of the request, before anything is written.
    if (!this.#maySend()) throw new Error('not sent: no longer allowed');
    this.#inner.onRequestStart?.(controller, context);
  }

  onRequestUpgrade(...given: Parameters<NonNullable<Dispatcher.DispatchHandler['onRequestUpgrade']>>): void {
    this.#inner.onRequestUpgrade?.(...given);
  }

  onResponseStart(...given: Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>): void {
    this.#inner.onResponseStart?.(...given);
  }

  onResponseData(...given: Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseData']>>): void {
    this.#inner.onResponseData?.(...given);
  }

  onResponseEnd(...given: Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseEnd']>>): void {
    this.#inner.onResponseEnd?.(...given);
  }

  onResponseError(...given: Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseError']>>): void {
    this.#inner.onResponseError?.(...given);
  }
}
