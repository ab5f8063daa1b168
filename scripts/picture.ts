/**
 * Turns what a command printed into an SVG picture for the documents. A pseudo-terminal makes the command use colours:
 * `script -qec 'stty cols 100; npm start' /dev/null | node scripts/picture.ts --title 'npm start' --lines 1-62 --out docs/images/compare.svg`.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { PictureOptions } from './terminal-picture.ts';
import { terminalPicture } from './terminal-picture.ts';

const usage = 'usage: node scripts/picture.ts [--title TEXT] [--columns N] [--lines FIRST-LAST] [--out FILE] < OUTPUT';

/** The options as text, or null where they do not make sense. */
function readOptions(): { readonly picture: PictureOptions; readonly out: string | undefined } | null {
  const { values } = parseArgs({
    options: { title: { type: 'string', default: 'heliostat' }, columns: { type: 'string', default: '100' }, lines: { type: 'string' }, out: { type: 'string' } },
  });
  const columns = Number(values.columns);
  const range = values.lines === undefined ? null : /^([1-9]\d*)-([1-9]\d*)$/.exec(values.lines);
  if (!Number.isInteger(columns) || columns < 1 || (values.lines !== undefined && range === null)) return null;
  const lines = range === null ? {} : { lines: { first: Number(range[1]), last: Number(range[2]) } };
  return { picture: { title: values.title, columns, ...lines }, out: values.out };
}

const options = readOptions();
if (options === null) {
  process.stderr.write(`${usage}\n`);
  process.exitCode = 2;
} else {
  const svg = terminalPicture(readFileSync(0, 'utf8'), options.picture);
  if (options.out === undefined) process.stdout.write(svg);
  else writeFileSync(options.out, svg);
}
