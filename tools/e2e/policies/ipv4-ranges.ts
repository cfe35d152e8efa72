/* Ranges of IPv4 addresses as `10.0.0.0/8`. Anything else (IPv6) is no range here: it covers nothing of a cluster that has IPv4 only. */

interface Range {
  readonly first: number;
  readonly size: number;
}

/** Every address. */
export const EVERYWHERE = '0.0.0.0/0';

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function toAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}

/** A whole range; `first` is its lowest address, whatever was written. */
function parse(cidr: string): Range | undefined {
  const [, address = '', bits = '32'] = /^(\d+\.\d+\.\d+\.\d+)(?:\/(\d+))?$/.exec(cidr) ?? [];
  if (address === '') return undefined;
  const size = 2 ** (32 - Number(bits));
  return { first: Math.floor(toNumber(address) / size) * size, size };
}

function format({ first, size }: Range): string {
  return `${toAddress(first)}/${32 - Math.log2(size)}`;
}

/** Two ranges either share nothing, or one of them holds the other. */
function holds(outer: Range, inner: Range): boolean {
  return inner.first >= outer.first && inner.first + inner.size <= outer.first + outer.size;
}

/** Halves the range until each piece is inside the hole or outside of it. */
function without(range: Range, hole: Range): readonly Range[] {
  if (holds(hole, range)) return [];
  if (!holds(range, hole)) return [range];
  const size = range.size / 2;
  return [{ first: range.first, size }, { first: range.first + size, size }].flatMap((half) => without(half, hole));
}

/** Is an address in a range? False for what is not IPv4. */
export function isWithin(address: string, cidr: string): boolean {
  const [inner, outer] = [parse(address), parse(cidr)];
  return inner !== undefined && outer !== undefined && holds(outer, inner);
}

/** The ranges that make up `cidr` without those in `except`; none when it is not IPv4. iptables knows no exceptions inside one match. */
export function subtract(cidr: string, except: readonly string[] = []): readonly string[] {
  const whole = parse(cidr);
  const holes = except.flatMap((hole) => parse(hole) ?? []);
  const left = holes.reduce<readonly Range[]>((ranges, hole) => ranges.flatMap((range) => without(range, hole)), whole === undefined ? [] : [whole]);
  return left.map(format);
}
