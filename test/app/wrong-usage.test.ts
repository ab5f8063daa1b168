/** Misspelt commands and options as a user meets them: named, with what would be right, and never answered with help for something else. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../src/app/main.ts', import.meta.url));

function heliostat(...words: readonly string[]): readonly [code: number | null, out: string, err: string] {
  const run = spawnSync(process.execPath, [main, ...words], { cwd: tmpdir(), encoding: 'utf8' });
  return [run.status, run.stdout, run.stderr];
}

test('a misspelt option is named even when the option it stands for is required', () => {
  const [code, out, err] = heliostat('link', 'dr8-800g', '--lenght', '5m');
  assert.deepEqual([code, out], [2, '']);
  assert.match(err, /unknown option '--lenght'\n\(Did you mean --length\?\)/);
  assert.doesNotMatch(err, /required option/);
});

test('a required option that is only missing is asked for', () => {
  const [code, , err] = heliostat('link', 'dr8-800g', '--seed', '4');
  assert.equal(code, 2);
  assert.match(err, /required option '--length <length>' not specified/);
});

test('help for an unknown command is wrong usage, with the nearest command', () => {
  for (const words of [['liink', '--help'], ['help', 'liink'], ['liink']]) {
    const [code, out, err] = heliostat(...words);
    assert.deepEqual([code, out], [2, '']);
    assert.match(err, /unknown command 'liink'\n\(Did you mean link\?\)/);
  }
  const [code, out, err] = heliostat('nosuch', '--help');
  assert.deepEqual([code, out], [2, '']);
  assert.match(err, /unknown command 'nosuch'\nheliostat --help lists the commands/);
});

test('help for the program and for a command ends with 0', () => {
  for (const words of [['--help'], ['help'], ['help', 'part'], ['part', '--help']]) {
    const [code, out] = heliostat(...words);
    assert.equal(code, 0, words.join(' '));
    assert.match(out, /^Usage: heliostat/);
  }
});

test('a file that is not there is named as it was typed', () => {
  const typed = './no-such-folder/../runs.json';
  for (const words of [['train', typed], ['infer', typed], ['trace', typed], ['flows', typed], ['trace', main, '--cluster', typed]]) {
    const [code, , err] = heliostat(...words);
    assert.equal(code, 2, words.join(' '));
    assert.ok(words.includes(main) || err.startsWith(`${typed}: `), err);
    assert.ok(!err.includes(tmpdir()), err);
  }
});
