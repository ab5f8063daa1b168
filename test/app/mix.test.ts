/** The mix command as a user meets it. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

function mix(...words: readonly string[]): { readonly code: number | null; readonly out: string; readonly err: string } {
  const run = spawnSync(process.execPath, ['src/app/main.ts', 'mix', ...words], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

test('a mix is drawn without a cluster, and streamed with one', () => {
  const alone = mix('--like', 'philly', '--jobs', '500', '--json');
  assert.equal(alone.code, 0, alone.err);
  const drawn = JSON.parse(alone.out) as { jobs: { gpus: number }[]; summary: { sizes: { jobs: number }[] }; run: unknown };
  assert.equal(drawn.jobs.length, 500);
  assert.equal(drawn.summary.sizes.reduce((sum, size) => sum + size.jobs, 0), 500);
  assert.equal(drawn.run, null);
  const placed = mix('examples/cluster-1024.yaml', '--jobs', '500', '--moments', '2', '--window', '2s');
  assert.equal(placed.code, 0, placed.err);
  assert.match(placed.out, /500 jobs placed/);
  assert.match(placed.out, /all-reduce/);
});

test('bad options are all named, with exit code 2', () => {
  const { code, err } = mix('--like', 'atlantis', '--jobs', '0', '--arrivals', 'never', '--window', '10');
  assert.equal(code, 2);
  for (const part of ['--like', '--jobs', '--arrivals', '--window']) assert.match(err, new RegExp(part));
});
