/** `heliostat wavelengths` serves what fits, says why the rest does not, and answers bad questions with place, value and remedy. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const rails = 'examples/fabrics/ocs-rails.yaml';
const run = (...words: readonly string[]) => spawnSync(process.execPath, ['src/app/main.ts', 'wavelengths', ...words], { cwd: root, encoding: 'utf8' });

interface Answered {
  readonly served: number;
  readonly wavelengths: number;
  readonly light: readonly (readonly { readonly slot: number; readonly links: readonly string[] }[])[];
  readonly refusals: readonly { readonly code: string }[];
}
const demandsOf = (stdout: string): readonly Answered[] => (JSON.parse(stdout) as { readonly demands: readonly Answered[] }).demands;

function demandFile(...lines: readonly string[]): string {
  const file = join(mkdtempSync(join(tmpdir(), 'heliostat-demands-')), 'demands.csv');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

/** No wavelength of a link is given twice. */
function assertNoClash(demands: readonly Answered[]): void {
  const given = demands.flatMap(({ light }) => light.flatMap((stretches) => stretches.flatMap(({ slot, links }) => links.map((link) => `${link} ${slot}`))));
  assert.equal(new Set(given).size, given.length);
}

test('a circuit of four wavelengths carries three and one; the lowest class finds none left and is told so', () => {
  const { stdout, status } = run(rails, 'examples/demands.csv', '--json');
  assert.equal(status, 1);
  const demands = demandsOf(stdout);
  // 100 Gb/s a wavelength: 3 + 3 + 2 + 1 + 2 + 2 + 2 are served; of rank 0's circuit to rank 8 nothing is left for 2 more.
  assert.deepEqual(demands.map(({ served, wavelengths }) => [served, wavelengths]), [[3, 3], [3, 3], [2, 2], [1, 1], [2, 2], [2, 2], [2, 2], [0, 2]]);
  assert.equal(demands.at(-1)?.refusals[0]?.code, 'no-continuous-wavelength');
  // Two nodes on there is an accelerator in between, which converts: two stretches of two links each.
  assert.deepEqual(demands[5]?.light.map((stretches) => stretches.map(({ links }) => links.length)), [[2, 2], [2, 2]]);
  assertNoClash(demands);
});

test('switches that lead every wavelength by itself serve all that the ports have room for, and no more', () => {
  const { stdout, status } = run(rails, 'examples/demands.csv', '--selective', '--json');
  assert.equal(status, 0);
  assertNoClash(demandsOf(stdout));
  // An accelerator has two ports of four wavelengths: five demands of two ask for ten of eight.
  const full = demandsOf(run(rails, demandFile(...Array.from({ length: 5 }, (_, at) => `0,${8 * (at + 1)},200`)), '--selective', '--json').stdout);
  assert.equal(full.reduce((sum, { served }) => sum + served, 0), 8);
  assert.equal(full.find(({ refusals }) => refusals.length > 0)?.refusals[0]?.code, 'port-full');
});

test('what a failed adapter lit has no other light on a fixed circuit, and others keep theirs', () => {
  const demands = demandFile('0,8,200', '16,24,200');
  const fixed = demandsOf(run(rails, demands, '--failed', 'node0/nic0', '--json').stdout);
  // Rank 0 has two adapters of one port on its rail; the circuit to rank 8 begins at the first.
  assert.deepEqual(fixed.map(({ served }) => served), [0, 2]);
  assert.equal(fixed[0]?.refusals[0]?.code, 'no-wavelength-in-service');
  assert.equal(run(rails, demands, '--failed', 'node99').status, 2);
});

// Sixteen accelerators of a leaf send 400 Gb/s each to the sixteen of another: 64 wavelengths of 100 Gb/s, and 16 uplinks of four carry just
// that. Light is converted at every switch, so any way will do, and each uplink must end up full.
test('where light is converted, a permutation between two leaves fills every uplink', () => {
  const file = demandFile(...Array.from({ length: 16 }, (_, rank) => `${rank},${rank + 16},400`));
  const { stdout, status } = run('examples/fabrics/leaf-spine.yaml', file, '--json');
  assert.equal(status, 0, stdout.slice(0, 400));
  const demands = demandsOf(stdout);
  assert.equal(demands.reduce((sum, { served }) => sum + served, 0), 64);
  assertNoClash(demands);
});

// No route of the fabric's own leaves a rail of ring circuits twice; ways over several rings are found, and the search for more of them ends.
test('ranks that share no ring are joined over accelerators between them', () => {
  const demands = demandsOf(run(rails, demandFile('1,42,200'), '--json').stdout);
  assert.deepEqual(demands.map(({ served, wavelengths }) => [served, wavelengths]), [[2, 2]]);
  assertNoClash(demands);
});

test('gratings and ranks without a common switch are refused with the reason', () => {
  assert.equal(demandsOf(run('examples/fabrics/awgr.yaml', demandFile('0,8,100'), '--json').stdout)[0]?.refusals[0]?.code, 'grating-decides');
  assert.equal(demandsOf(run(rails, demandFile('0,9,100'), '--selective', '--json').stdout)[0]?.refusals[0]?.code, 'not-one-hop');
});

test('bad demands are answered line by line with value and remedy', () => {
  const { status, stderr } = run(rails, demandFile('0,8,fast', '0,99,100', '3,3,100', '1,2,100,nobody'), '--seed', '-1');
  assert.equal(status, 2);
  for (const pattern of [/line 1.*fast.*not-a-rate/, /line 2.*99.*unknown-rank/, /line 3.*3,3.*not-a-demand/, /line 4.*nobody.*unknown-class/, /--seed.*-1.*out-of-range/]) assert.match(stderr, pattern);
  assert.equal(run(rails, demandFile('# nothing')).status, 2);
  assert.match(run('--help').stdout, /Examples:/);
});
