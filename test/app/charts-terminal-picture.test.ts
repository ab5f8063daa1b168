/** The picture of a terminal: colours become classes, columns stay columns, commands draw nothing. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readTerminal, terminalPicture } from '../../scripts/terminal-picture.ts';
import { imbalance, numberOf, readElements } from './markup.ts';

test('colours and weights hold until they are switched off, across lines', () => {
  const [first, second] = readTerminal('\u001b[1m\u001b[32mok\u001b[39m bold\u001b[22m\n\u001b[2mdim\u001b[0m plain');
  assert.deepEqual(first?.map((run) => [run.text, run.column, run.isBold, run.colour]), [['ok', 0, true, 2], [' bold', 2, true, null]]);
  assert.deepEqual(second?.map((run) => [run.text, run.column, run.isDim]), [['dim', 0, true], [' plain', 3, false]]);
});

test('a progress line shows only what it ended with', () => {
  assert.deepEqual(readTerminal('\r\u001b[2K10 %\r\u001b[2Kdone\n').map((line) => line.map((run) => run.text)), [['done']]);
});

test('text keeps its column whatever the font, and hostile text stays text', () => {
  const svg = terminalPicture('ab  \u001b[31m<script>&\u001b[39m', { title: 'a "title"', columns: 40 });
  assert.equal(imbalance(svg.trim()), null);
  const red = readElements(svg).find((item) => item.attributes['class'] === 'c1');
  assert.equal(red?.text, '<script>&');
  // The red text starts in column 4 and takes 9 cells; one cell is 7.8 px and the margin 20 px.
  assert.equal(numberOf(red, 'x'), 51.2);
  assert.equal(numberOf(red, 'textLength'), 70.2);
});

test('a range of lines is cut out', () => {
  const texts = readElements(terminalPicture('one\ntwo\nthree', { title: 't', columns: 20, lines: { first: 2, last: 2 } })).map((item) => item.text);
  assert.ok(texts.includes('two') && !texts.includes('one') && !texts.includes('three'));
});

test('the script draws standard input and refuses options it cannot read', () => {
  const script = fileURLToPath(new URL('../../scripts/picture.ts', import.meta.url));
  const drawn = spawnSync(process.execPath, [script, '--title', 'npm start'], { input: 'hello', encoding: 'utf8' });
  assert.equal(drawn.status, 0);
  assert.match(drawn.stdout, /^<svg[^]*hello[^]*<\/svg>\n$/);
  assert.equal(spawnSync(process.execPath, [script, '--columns', 'wide'], { input: '', encoding: 'utf8' }).status, 2);
});
