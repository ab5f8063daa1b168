/** Colours on a terminal: off where they were asked to be off, by the convention of no-color.org. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTerminal } from '../../src/app/terminal.ts';

const stream = (isTTY: boolean): Parameters<typeof createTerminal>[0] => ({ isTTY, columns: 80, write: () => true });

function coloured(isTTY: boolean, noColor: string | undefined): boolean {
  const before = process.env['NO_COLOR'];
  if (noColor === undefined) delete process.env['NO_COLOR'];
  else process.env['NO_COLOR'] = noColor;
  try {
    return createTerminal(stream(isTTY), stream(isTTY)).colours.isColorSupported;
  } finally {
    if (before === undefined) delete process.env['NO_COLOR'];
    else process.env['NO_COLOR'] = before;
  }
}

test('a terminal has colours unless NO_COLOR is there and not empty; a pipe has none', () => {
  assert.deepEqual([coloured(true, undefined), coloured(true, ''), coloured(true, '1'), coloured(false, undefined)], [true, true, false, false]);
});
