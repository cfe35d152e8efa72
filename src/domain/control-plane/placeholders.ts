import { isJsonObject } from '../../lib/json.ts';

/** Private-use characters (Unicode): no chart contains them, and values are not looked at. */
const OPEN = '\uE000';
const CLOSE = '\uE001';

/** What stands in the text of a template for the value of that number: a YAML string that is nothing else. */
export function placeholderOf(index: number): string {
  return `"${OPEN}${index}${CLOSE}"`;
}

function indexIn(text: string): number | undefined {
  if (!text.includes(OPEN)) return undefined;
  const match = /^\uE000(\d+)\uE001$/.exec(text);
  if (match === null) throw new Error('a chart uses the helper yaml inside of a longer text; it stands for a whole value');
  return Number(match[1]);
}

/**
 * Puts the values where their placeholders are. Values go in as they are and are not searched, so a value that looks like a
 * placeholder is one more text. Throws for a placeholder in a key or inside of a text: a fault of the chart.
 */
export function withValues(shape: unknown, values: readonly unknown[]): unknown {
  if (typeof shape === 'string') {
    const index = indexIn(shape);
    return index === undefined ? shape : values[index];
  }
  if (Array.isArray(shape)) return shape.map((item) => withValues(item, values));
  if (!isJsonObject(shape)) return shape;
  return Object.fromEntries(Object.entries(shape).map(([key, value]) => {
    if (indexIn(key) !== undefined) throw new Error('a chart uses the helper yaml as a key');
    return [key, withValues(value, values)];
  }));
}
