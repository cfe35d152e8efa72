/** A Kubernetes Status that says why a request is not answered. */
export interface Refusal {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

/** Not on the list of what istiod asks, or not about its mesh. */
export const forbidden = (message: string): Refusal => ({ code: 403, reason: 'Forbidden', message: `the scoped API refuses this: ${message}` });
/** The token is no istiod's. */
export const unauthorized = (message: string): Refusal => ({ code: 401, reason: 'Unauthorized', message });
/** Clients answer this by listing anew. */
export const expired = (message: string): Refusal => ({ code: 410, reason: 'Expired', message });
/** Clients of a streaming list answer this by listing and watching (client-go, Reflector.ListAndWatch). */
export const invalid = (message: string): Refusal => ({ code: 422, reason: 'Invalid', message });
/** Try again. */
export const unavailable = (message: string): Refusal => ({ code: 503, reason: 'ServiceUnavailable', message });
export const tooLarge = (message: string): Refusal => ({ code: 413, reason: 'RequestEntityTooLarge', message });

/** The refusal as the object that Kubernetes clients understand. */
export function statusObject({ code, reason, message }: Refusal): object {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
}
