/** `heliostat slice` cuts tori out of cubes, folds rings that lie in no box, and answers bad questions with place, value and remedy. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const cubes = 'examples/fabrics/ocs-cubes.yaml';
const run = (...words: readonly string[]) => spawnSync(process.execPath, ['src/app/main.ts', 'slice', ...words], { cwd: root, encoding: 'utf8' });

interface Printed { readonly ranks: readonly number[]; readonly circuits: readonly unknown[]; readonly shape: string; readonly refusal?: { readonly code: string; readonly remedy: string }; readonly freeSeats: number }

test('the whole machine is one torus of 8 x 4 x 4: every face position of every dimension is joined', () => {
  const { status, stdout } = run(cubes, '--rings', '8x4x4', '--json');
  assert.equal(status, 0);
  const printed = JSON.parse(stdout) as Printed;
  assert.deepEqual(printed.ranks.toSorted((a, b) => a - b), Array.from({ length: 128 }, (_, rank) => rank));
  // Along the long side 2 circuits for each of 16 positions (between the cubes and back), across it 1 for each of 16 positions of 2 cubes in 2 dimensions: 32 + 64, two cross-connects each.
  assert.equal(printed.circuits.length, 2 * 96);
});

test('a ring of 16 lies folded in a face of 4 x 4; straight shapes alone refuse with what would close', () => {
  const { status, stdout } = run(cubes, '--rings', '16x4', '--json');
  assert.equal(status, 0);
  const printed = JSON.parse(stdout) as Printed;
  assert.match(printed.shape, /16 folded to 4x4/);
  assert.equal(new Set(printed.ranks).size, 64);
  const refused = run(cubes, '--rings', '7x3');
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /shape-does-not-close/);
});

test('a cube that a failed switch has robbed of a wrap is no room for a slice', () => {
  // ocs0 joins one position of the first dimension: both faces of both cubes, four accelerators.
  const { status, stdout } = run(cubes, '--rings', '4x4x4', '--failed', 'ocs0', '--json');
  assert.equal(status, 1);
  const printed = JSON.parse(stdout) as Printed;
  assert.equal(printed.freeSeats, 124);
  assert.equal(printed.refusal?.code, 'no-free-slice');
  assert.equal(printed.refusal?.remedy, 'wait');
});

test('bad questions are answered with place, value and remedy', () => {
  const bad = run(cubes, '--rings', '4xx4', '--prefer', 'nothing');
  assert.equal(bad.status, 2);
  assert.match(bad.stderr, /--rings.*4xx4.*bad-rings/s);
  assert.match(bad.stderr, /--prefer.*nothing.*unknown-value/s);
  assert.match(run('examples/fabrics/torus-3d.yaml', '--rings', '4x4').stderr, /fabric\.kind.*torus.*no-cubes/s);
  assert.match(run(cubes, '--rings', '4x4', '--failed', 'ocs99').stderr, /--failed.*ocs99.*unknown-component/s);
  assert.match(run('--help').stdout, /Examples:/);
});

test('a job of one ring that no box holds gets a ring of another shape, unless it wants straight ones', () => {
  const { status, stdout } = run(cubes, '--rings', '10', '--json');
  assert.equal(status, 0);
  const printed = JSON.parse(stdout) as Printed & { readonly box: unknown };
  assert.deepEqual([printed.shape, printed.box, new Set(printed.ranks).size], ['ring of a free shape', null, 10]);
  const straight = run(cubes, '--rings', '10', '--straight');
  assert.equal(straight.status, 1);
  assert.match(straight.stderr, /Only boxes were tried\./);
});
