/** Texts of the log that should each hold one JSON object. */

/** The object of a text, its fields not looked at; `null` when the text is not that of an object. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value as Readonly<Record<string, unknown>> : null;
  } catch {
    return null;
  }
}
