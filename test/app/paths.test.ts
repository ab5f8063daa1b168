/** `heliostat paths` splits packets over paths, shows what that gains over equal splitting, and answers bad questions like `wavelengths`. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const torus = 'examples/fabrics/torus-3d.yaml';
const run = (...words: readonly string[]) => spawnSync(process.execPath, ['src/app/main.ts', 'paths', ...words], { cwd: root, encoding: 'utf8' });

interface Answer {
  readonly askedGbps: number;
  readonly acceptedGbps: number;
  readonly fullest: { readonly shared: number; readonly weighted: number; readonly ecmp: number; readonly bound: number; readonly isBoundOverAll: boolean };
  readonly demands: readonly {
    readonly acceptedGbps: number;
    readonly paths: readonly { readonly links: readonly string[]; readonly rateGbps: number; readonly share: number; readonly weight: number }[];
    readonly refusal: { readonly code: string } | null;
  }[];
  readonly links: readonly { readonly link: string; readonly shared: number; readonly ecmp: number }[];
}
const answerOf = (stdout: string): Answer => JSON.parse(stdout) as Answer;

function demandFile(...lines: readonly string[]): string {
  const file = join(mkdtempSync(join(tmpdir(), 'heliostat-demands-')), 'demands.csv');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

// A torus of 4 x 4 x 4 with links of 400 Gb/s. Rank 8 is two steps from 0 in one dimension: equal splitting puts half of 0's 600 Gb/s
// on each of two ways, 75 %. Rank 1 sends 400 Gb/s to 9 and 17, and receives 200; all six links out of 0 carry 600: 25 % at least.
test('shares leave the fullest link at the proven bound and below what equal splitting does', () => {
  const { stdout, status } = run(torus, 'examples/demands.csv', '--json');
  assert.equal(status, 0);
  const { fullest, demands, links, askedGbps, acceptedGbps } = answerOf(stdout);
  assert.equal(askedGbps, 1700);
  assert.ok(Math.abs(acceptedGbps - askedGbps) < 1e-6);
  assert.ok(Math.abs(fullest.ecmp - 0.75) < 1e-9 && links.some(({ ecmp }) => Math.abs(ecmp - 0.75) < 1e-9));
  assert.ok(fullest.isBoundOverAll && fullest.bound <= fullest.shared && fullest.shared <= 1.005 * fullest.bound && fullest.shared < fullest.ecmp);
  for (const { paths, acceptedGbps: served } of demands) {
    assert.ok(Math.abs(paths.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-9 && Math.abs(paths.reduce((sum, { rateGbps }) => sum + rateGbps, 0) - served) < 1e-6);
    assert.ok(paths.reduce((sum, { weight }) => sum + weight, 0) <= 64);
  }
});

// An adapter of 400 Gb/s is all that rank 0 has on a rail: of 300 + 100 + 200 the lowest class waits, and no split gets below 600 / 400.
test('what does not fit is refused by class, and the bound proves that it cannot', () => {
  const { stdout, status } = run('examples/fabrics/rail-only.yaml', 'examples/demands.csv', '--json');
  assert.equal(status, 1);
  const { fullest, demands } = answerOf(stdout);
  assert.ok(Math.abs(fullest.bound - 1.5) < 0.005 && Math.abs(fullest.ecmp - 1.5) < 1e-9 && fullest.shared <= 1 + 1e-9);
  assert.equal(demands.at(-1)?.refusal?.code, 'not-enough-room');
  assert.ok(demands.slice(0, -1).every(({ refusal }) => refusal === null));
  // Passed on inside the server, it leaves by all eight adapters.
  const relayed = run('examples/fabrics/rail-only.yaml', 'examples/demands.csv', '--relay', '--json');
  assert.equal(relayed.status, 0);
  assert.ok(answerOf(relayed.stdout).fullest.shared < 0.5);
});

test('a demand whose only adapter has failed has no path, others are led around, and gratings are refused', () => {
  const demands = demandFile('0,8,100', '1,9,100');
  const { stdout, status } = run('examples/fabrics/leaf-spine.yaml', demands, '--failed', 'node0', '--json');
  assert.equal(status, 1);
  assert.deepEqual(answerOf(stdout).demands.map(({ refusal, paths }) => [refusal?.code, paths.length]), [['no-path', 0], ['no-path', 0]]);
  const around = answerOf(run('examples/fabrics/leaf-spine.yaml', demandFile('0,32,100'), '--failed', 'spine0', '--json').stdout);
  assert.equal(around.acceptedGbps, 100);
  assert.ok(around.demands[0]?.paths.every(({ links }) => links.every((link) => !link.includes('spine0'))));
  const { status: refused, stderr } = run('examples/fabrics/awgr.yaml', demands);
  assert.equal(refused, 1);
  assert.match(stderr, /grating-decides/);
});

test('bad demands and components are answered with place, value and remedy, and too many at once are refused', () => {
  const { status, stderr } = run(torus, demandFile('0,8,fast', '0,99,100', '3,3,100', '1,2,100,nobody'));
  assert.equal(status, 2);
  for (const pattern of [/line 1.*fast.*not-a-rate/, /line 2.*99.*unknown-rank/, /line 3.*3,3.*not-a-demand/, /line 4.*nobody.*unknown-class/]) assert.match(stderr, pattern);
  assert.equal(run(torus, demandFile('0,8,1'), '--failed', 'node99').status, 2);
  assert.equal(run(torus, demandFile('# nothing')).status, 2);
  assert.match(run(torus, demandFile(...Array.from({ length: 4097 }, () => '0,8,1'))).stderr, /too-many-demands/);
  assert.equal(run(torus, demandFile(`0,8,${'9'.repeat(400)}`)).status, 2);
  assert.match(run('--help').stdout, /Examples:/);
});
