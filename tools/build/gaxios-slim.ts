/* Stands in for `gaxios`, which dot-i's Operator imports for its own status and finalizer requests; we use none of them (docs/adr/0001). */

/** Always throws: requests go through src/runtime/rest-client.ts. */
export function request(): never {
  throw new Error('gaxios is not part of this build: requests go through src/runtime/rest-client.ts');
}
