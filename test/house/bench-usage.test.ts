/** The bench command answers questions about itself before it measures anything. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const file = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const bench = (...words: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } =>
  spawnSync(process.execPath, [file('bench/run.ts'), ...words], { encoding: 'utf8', timeout: 60_000 });

test('help lists every module and the names of its benches, and measures nothing', () => {
  const { status, stdout } = bench('--help');
  assert.equal(status, 0);
  assert.match(stdout, /^Usage: npm run bench/);
  for (const module of ['fabric', 'flows', 'link', 'thermal']) assert.match(stdout, new RegExp(`^ {2}${module}\\n {4}\\S`, 'm'));
  // A name as its module states it.
  const stated = /name: '([^']+)'/.exec(readFileSync(file('bench/link.ts'), 'utf8'))?.[1] ?? assert.fail('a bench with a plain name');
  assert.ok(stdout.includes(`    ${stated}\n`));
  assert.doesNotMatch(stdout, /median/);
});

test('a name that no bench has is wrong usage', () => {
  const { status, stdout, stderr } = bench('no-such-bench');
  assert.deepEqual([status, stdout], [2, '']);
  assert.match(stderr, /^No bench is called no-such-bench\.\n\nUsage: /);
});
