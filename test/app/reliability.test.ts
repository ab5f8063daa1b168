/** The reliability command: mechanisms with their basis, spares, and refusal of impossible questions. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

function heliostat(...words: readonly string[]): { readonly code: number | null; readonly out: string; readonly err: string } {
  const run = spawnSync(process.execPath, ['src/app/main.ts', 'reliability', ...words], { cwd: root, encoding: 'utf8' });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

interface Answer {
  readonly mtbfInServiceH: number;
  readonly basis: string;
  readonly failuresPerDay: number;
  readonly repairHoursPerDay: number;
  readonly mechanisms: readonly { readonly name: string; readonly fitNow: number; readonly replaces: string; readonly repairH: number; readonly units: number; readonly spares: number }[];
}

test('a co-packaged port shows Meta\'s field rate split by mechanism, and the repair work of a fleet', () => {
  const { code, out } = heliostat('bcm-bailly', '--count', '512000', '--json');
  assert.equal(code, 0);
  const answer = JSON.parse(out) as Answer;
  assert.ok(Math.abs(answer.mtbfInServiceH / 2.6e6 - 1) < 1e-9);
  assert.equal(answer.basis, 'field');
  // New parts fail by random laser failures (0.3), electronics (0.4) and contamination (0.37/0.63), per 2.6e6 h.
  assert.ok(Math.abs(answer.failuresPerDay / ((512_000 * 24 * (0.3 + 0.4 + 0.37 / 0.63)) / 2.6e6) - 1) < 1e-9);
  // Half an hour for a laser module and for cleaning, eight for the switch.
  assert.ok(Math.abs(answer.repairHoursPerDay / ((512_000 * 24 * (0.3 * 0.5 + 0.4 * 8 + (0.37 / 0.63) * 0.5)) / 2.6e6) - 1) < 1e-9);
  const text = heliostat('bcm-bailly').out;
  for (const line of [/laser wear-out/, /basis +field/, /ECOC 2025/, /one in 1,000,000 h per link/]) assert.match(text, line);
});

test('spare lasers are counted, and impossible questions are issues that name the option', () => {
  const bare = JSON.parse(heliostat('els-elsfp', '--lasers', '8', '--json').out) as Answer;
  const spared = JSON.parse(heliostat('els-elsfp', '--lasers', '9', '--spares', '1', '--json').out) as Answer;
  assert.deepEqual([spared.mechanisms[0]?.units, spared.mechanisms[0]?.spares], [9, 1]);
  assert.ok(spared.mtbfInServiceH > 5 * bare.mtbfInServiceH);
  const bad = heliostat('dr8-800g', '--temperature=-300C', '--age', '1000000d', '--spares', '3');
  assert.equal(bad.code, 2);
  for (const place of [/--temperature.*-300C/, /--age/, /--spares/]) assert.match(bad.err, place);
  const without = heliostat('smf-g652', '--json');
  assert.equal(without.code, 2);
  assert.match(without.out, /no-failure-data/);
});
