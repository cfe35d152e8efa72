/** One entry of a container's `env`. */
export interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** `name: value` pairs as a container's `env`. */
export function plainEnv(values: Readonly<Record<string, string>>): EnvironmentVariable[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

/** A variable filled from a field of the pod. */
export function fieldEnv(name: string, fieldPath: string): EnvironmentVariable {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}

/** A variable filled from a limit of the container itself. */
export function limitEnv(name: string, resource: 'limits.cpu' | 'limits.memory'): EnvironmentVariable {
  return { name, valueFrom: { resourceFieldRef: { resource, divisor: '1' } } };
}

/** A variable filled from a key of a Secret. */
export function secretEnv(name: string, secret: string, key: string): EnvironmentVariable {
  return { name, valueFrom: { secretKeyRef: { name: secret, key } } };
}

/** Variables of which later ones replace earlier ones of the same name, in place. Law: every name occurs once. */
export function mergeEnv(...lists: readonly (readonly EnvironmentVariable[])[]): EnvironmentVariable[] {
  const merged = new Map<string, EnvironmentVariable>();
  for (const variable of lists.flat()) merged.set(variable.name, variable);
  return [...merged.values()];
}
