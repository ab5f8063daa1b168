/** Reads markup in tests: elements with their attributes in order, and whether every element is closed where it should be. */

export interface ReadElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Text directly behind the opening tag, up to the next tag, with entities decoded. */
  readonly text: string;
}

const entities: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" };
const decode = (text: string): string => text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => entities[entity] ?? entity);

const voidNames = new Set(['meta', 'input', 'br', 'col', 'hr']);
const tagPattern = /<(\/?)([A-Za-z][A-Za-z0-9]*)((?:\s+[A-Za-z][A-Za-z0-9:-]*(?:="[^"<]*")?)*)\s*(\/?)>([^<]*)/g;

export function readElements(markup: string): readonly ReadElement[] {
  return [...markup.matchAll(tagPattern)].filter((match) => match[1] === '').map((match) => ({
    name: match[2] ?? '',
    attributes: Object.fromEntries([...(match[3] ?? '').matchAll(/([A-Za-z][A-Za-z0-9:-]*)(?:="([^"]*)")?/g)].map((pair) => [pair[1] ?? '', decode(pair[2] ?? '')])),
    text: decode(match[5] ?? ''),
  }));
}

/** Null when every element is closed in order and nothing else looks like a tag; otherwise what is wrong. */
export function imbalance(markup: string): string | null {
  const plain = markup.replace(/^<!doctype html>\n/, '').replace(/<style>[^<]*<\/style>/g, '').replace(
    /(<script type="application\/json"[^>]*>)[^<]*(<\/script>)/g, '$1$2',
  );
  const open: string[] = [];
  let end = 0;
  for (const match of plain.matchAll(tagPattern)) {
    if (plain.slice(end, match.index).includes('<')) return `stray text that opens a tag: ${plain.slice(end, match.index + 40)}`;
    end = match.index + match[0].length;
    const name = match[2] ?? '';
    if (match[1] === '/') {
      const expected = open.pop();
      if (expected !== name) return `</${name}> closes <${expected}>`;
    } else if (match[4] !== '/' && !voidNames.has(name)) open.push(name);
  }
  if (plain.slice(end).includes('<')) return `stray end: ${plain.slice(end, end + 60)}`;
  return open.length === 0 ? null : `never closed: ${open.join(', ')}`;
}

export const withClass = (elements: readonly ReadElement[], name: string): readonly ReadElement[] =>
  elements.filter((element) => (element.attributes['class'] ?? '').split(' ').includes(name));

export const numberOf = (element: ReadElement | undefined, attribute: string): number => Number(element?.attributes[attribute] ?? Number.NaN);
