/** Markup that is known to be safe: made by `html`, never by hand. */
export interface Markup { readonly markup: string }

type Piece = string | number | Markup | readonly Piece[];

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text that cannot end the element or attribute it stands in. Control characters, which no HTML may hold, become spaces. */
export function escaped(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what has to go
  return text.replaceAll(/[\u0000-\u0008\u000B\u000C\u000E-\u001F]/g, ' ').replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '');
}

function shown(piece: Piece): string {
  if (typeof piece === 'string') return escaped(piece);
  if (typeof piece === 'number') return String(piece);
  return 'markup' in piece ? piece.markup : piece.map(shown).join('');
}

/** A template whose values are escaped, unless they are Markup. */
export function html(parts: TemplateStringsArray, ...values: readonly Piece[]): Markup {
  return { markup: parts.map((part, at) => `${part}${at < values.length ? shown(values[at] ?? '') : ''}`).join('') };
}

/** Nothing. */
export const NO_MARKUP: Markup = { markup: '' };
