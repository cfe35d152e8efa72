import { ApiError, type Rest, type RestRequest } from './rest.ts';

/** `reason` of the error that a write gets when this process does not lead. */
export const NOT_LEADER = 'NotLeader';

/**
 * A Rest through which only a leader writes. The question is asked when a write is handed over and again when it is written to
 * its connection, so a process that was stopped (SIGSTOP, a suspended virtual machine) and comes back after its lease ran out sends nothing.
 * Reads pass. A refused write throws ApiError with status 0 and reason NotLeader.
 */
export function guardWrites(rest: Rest, mayWrite: () => boolean): Rest {
  return {
    call: <T>(request: RestRequest) => request.method === 'GET' || mayWrite()
      ? rest.call<T>(request.method === 'GET' ? request : { ...request, maySend: mayWrite })
      : Promise.reject(new ApiError(0, NOT_LEADER, 'not sent: this process does not lead')),
    stream: (request) => rest.stream(request),
    close: () => rest.close(),
  };
}
