/** The checkpoint command as a user meets it. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

function checkpoint(...words: readonly string[]): { readonly code: number | null; readonly out: string; readonly err: string } {
  const run = spawnSync(process.execPath, ['src/app/main.ts', 'checkpoint', ...words], { cwd: root, encoding: 'utf8' });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

test('a cost and a time between failures give both intervals and the goodput', () => {
  const { code, out } = checkpoint('--cost', '60s', '--mtbf', '3h', '--restart', '10min');
  assert.equal(code, 0);
  // Young sqrt(2 x 60 s x 10,800 s); Daly and goodput as in the failure notes.
  assert.match(out, /1,138 s/);
  assert.match(out, /1,099 s/);
  assert.match(out, /84\.97 %/);
});

test('a job on a cluster adds the size of its state and the bandwidth', () => {
  const { code, out, err } = checkpoint('examples/cluster-1024.yaml', 'examples/workload-llama-405b.yaml', '--async', '--json');
  assert.equal(code, 0, err);
  const result = JSON.parse(out) as { state: { totalBits: number; writers: number }; failures: { mtbfS: number }; goodput: number; assumed: string[] };
  // 405.85 billion parameters of 14 bytes; one failure per 3.09 h on 16,384 is one per 49.4 h on 1,024.
  assert.ok(Math.abs(result.state.totalBits / 8 / 5.68e12 - 1) < 0.01);
  assert.ok(Math.abs(result.failures.mtbfS / 3600 - 49.44) < 0.01);
  assert.ok(result.goodput > 0.98 && result.assumed.length === 4);
});

test('what is missing or wrong is named with exit code 2', () => {
  assert.match(checkpoint('--cost', '60s').err, /--mtbf.*missing-value/);
  assert.match(checkpoint('--cost', '-1s', '--mtbf', '3').err, /--cost.*\n.*--mtbf/);
  assert.match(checkpoint('examples/cluster-1024.yaml').err, /workload/);
  assert.match(checkpoint('examples/cluster-1024.yaml', 'examples/workload-llama-405b.yaml', '--cost', '5s').err, /contradicting-options/);
  assert.equal(checkpoint().code, 2);
});
