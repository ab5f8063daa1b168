/** A table without lines: left-aligned words, right-aligned numbers, the head in a faint colour. */

import Table from 'cli-table3';

const bare = Object.fromEntries(['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`].map((name) => [name, ''])));

/** `wordColumns` columns from the left hold words, the others numbers. */
export function plainTable(head: readonly string[], wordColumns: number, rows: readonly (readonly string[])[], faint: (text: string) => string): string {
  const table = new Table({
    head: [...head], colAligns: head.map((_, at) => (at < wordColumns ? 'left' : 'right')), style: { head: [], border: [], compact: true }, chars: { ...bare, middle: ' ' },
  });
  for (const row of rows) table.push([...row]);
  const [first = '', ...rest] = table.toString().split('\n');
  return [faint(first), ...rest].join('\n');
}
