/** The trace command as a user meets it: counts and loss report, a run on a cluster, exit codes and issues. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'heliostat-trace-'));

function trace(...words: readonly string[]): { readonly code: number | null; readonly out: string; readonly err: string } {
  const run = spawnSync(process.execPath, ['src/app/main.ts', 'trace', ...words], { cwd: root, encoding: 'utf8' });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const pingPong = file('ping.goal', 'num_ranks 2\nrank 0 {\na: calc 1000\nb: send 4096b to 1 tag 0\nb requires a\n}\nrank 1 {\nc: recv 4096b from 0 tag 0\n}\n');
const cluster = 'examples/cluster-1024.yaml';

interface Row {
  readonly nodes: number;
  readonly dependencies: number;
  readonly bytes: number;
  readonly transfers: readonly { readonly class: string; readonly op: string; readonly bytes: number }[];
  readonly loss: { readonly understood: readonly unknown[]; readonly assumed: readonly unknown[]; readonly dropped: readonly unknown[] };
  readonly run?: { readonly total_s: number; readonly ranks: readonly { readonly end_s: number; readonly compute_s: number }[] };
  readonly refusal?: { readonly code: string };
}

const rowOf = (out: string): Row => {
  const [row] = (JSON.parse(out) as { traces: readonly Row[] }).traces;
  assert.ok(row !== undefined);
  return row;
};

test('Counts, classes and the loss report come as one JSON document', () => {
  const { code, out } = trace(pingPong, '--json');
  assert.equal(code, 0);
  const row = rowOf(out);
  assert.deepEqual([row.nodes, row.dependencies, row.bytes, row.transfers, row.run], [3, 1, 4096, [{ class: 'allReduce', op: 'pointToPoint', nodes: 1, bytes: 4096 }], undefined]);
  assert.ok(row.loss.understood.length > 0 && row.loss.assumed.length > 0);
});

test('With a cluster the trace runs and each rank has its end', () => {
  const { code, out } = trace(pingPong, '--cluster', cluster, '--json');
  assert.equal(code, 0);
  const { run } = rowOf(out);
  assert.ok(run !== undefined && run.ranks.length === 2);
  assert.ok(run.total_s > 1e-6 && run.total_s < 1e-4);
  assert.equal(run.ranks[0]?.compute_s, 1e-6);
  assert.equal(run.ranks[1]?.end_s, run.total_s);
});

test('People read the same with units', () => {
  const { code, out } = trace(pingPong, '--cluster', cluster);
  assert.equal(code, 0);
  for (const part of ['3 nodes: 1 compute, 0 collective, 1 send, 1 receive', '4,096 bytes', 'understood', 'assumed', 'us on rail-1024', 'rank    0 ends after']) assert.ok(out.includes(part), part);
});

test('A trace that does not fit is refused with exit code 1', () => {
  const large = file('large.txt', 'HYBRID_TRANSFORMER model_parallel_NPU_group: 8 all_gpus: 4096\n1\nl -1 5 NONE 0 1 NONE 0 1 NONE 0 1\n');
  const { code, out, err } = trace(large, '--cluster', cluster, '--json');
  assert.deepEqual([code, err, rowOf(out).refusal?.code], [1, '', 'too-few-accelerators']);
});

test('Issues name file and line and end with exit code 2', () => {
  const broken = file('broken.goal', 'num_ranks 1\nrank 0 {\na: calc five\n}\n');
  const { code, err } = trace(broken);
  assert.equal(code, 2);
  assert.match(err, /broken\.goal:3: .*\[not-goal\]/);
  const missing = trace(join(folder, 'none.et'), '--ranks', 'many', '--json');
  assert.equal(missing.code, 2);
  const { issues } = JSON.parse(missing.out) as { issues: readonly { readonly code: string }[] };
  assert.deepEqual(issues.map((issue) => issue.code), ['out-of-range', 'missing-file']);
});
