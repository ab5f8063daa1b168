/** Plain data on one line of YAML, as an author would write it. */

export function flowText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flowText).join(', ')}]`;
  if (typeof value === 'object' && value !== null) return `{${Object.entries(value).map(([key, inner]) => `${key}: ${flowText(inner)}`).join(', ')}}`;
  return String(value);
}
