const FACTORS: Readonly<Record<string, number>> = {
  m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40,
};

/** The number that a Kubernetes quantity means: `500m` is 0.5, `128Mi` is 134217728. @throws for anything else */
export function quantity(text: string): number {
  const [, digits = '', unit = ''] = /^([0-9.]+)([a-zA-Z]*)$/.exec(text) ?? [];
  const factor = FACTORS[unit];
  if (digits === '' || factor === undefined) throw new Error(`"${text}" is not a quantity`);
  return Number(digits) * factor;
}
