/** Breaks the controller on purpose, one way at a time: simulated play catches each, and finds nothing in the controller as it is. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { mutations } from './mutations.ts';
import type { Substitution } from './substitute.ts';

const script = fileURLToPath(new URL('../../../scripts/simtest.ts', import.meta.url));
const substitute = new URL('substitute.ts', import.meta.url).href;

/** Every breakage shows within this many events of the same seeds. */
const eventsMax = 6000;

function play(broken: Substitution | null): { readonly status: number | null; readonly text: string } {
  const env = { ...process.env, ...(broken === null ? {} : { HELIOSTAT_SUBSTITUTION: JSON.stringify(broken) }) };
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', substitute, script, '--seed', '1', '--events', String(eventsMax), '--quiet', '--whole'], { encoding: 'utf8', env });
  return { status, text: stdout + stderr };
}

test('the controller as it is keeps every promise on these seeds', () => {
  const { status, text } = play(null);
  assert.equal(status, 0, text);
});

for (const mutation of mutations) {
  test(`play catches a controller that ${mutation.breaks}`, () => {
    const { status, text } = play(mutation);
    assert.equal(status, 1, text);
    assert.match(text, /promise \w+ is broken/);
  });
}
