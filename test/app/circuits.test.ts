/** `heliostat circuits` as a user runs it: a schedule that serves the file, and bad files named by row and column. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const heliostat = (...words: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } =>
  spawnSync(process.execPath, ['src/app/main.ts', 'circuits', ...words], { cwd: root, encoding: 'utf8' });
const folder = mkdtempSync(join(tmpdir(), 'heliostat-circuits-'));

function written(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

interface Document {
  readonly ports: number;
  readonly makespanNs: number;
  readonly boundNs: number;
  readonly switches: readonly (readonly { readonly durationNs: number; readonly circuits: readonly (readonly [number, number])[] }[])[];
}

test('the schedule of the example serves every byte of its file', () => {
  const bytes = readFileSync(`${root}examples/circuit-demand.csv`, 'utf8').trim().split('\n').map((line) => line.split(',').map(Number));
  for (const switches of ['1', '2']) {
    const document = JSON.parse(heliostat('examples/circuit-demand.csv', '--dark', '10us', '--switches', switches, '--json').stdout) as Document;
    assert.ok(document.makespanNs >= document.boundNs);
    const servedNs = new Map<string, number>();
    for (const { durationNs, circuits } of document.switches.flat()) for (const circuit of circuits) servedNs.set(circuit.join(), (servedNs.get(circuit.join()) ?? 0) + durationNs);
    // 400 Gb/s is the default: 8 bits a byte at 400 bits a nanosecond.
    bytes.forEach((row, input) => row.forEach((sent, output) => assert.ok((servedNs.get(`${input},${output}`) ?? 0) >= (8 * sent) / 400 - 1e-3)));
  }
});

test('people read makespan, bound and gap, and two ports alone take what the hand says', () => {
  // Straight 50,000,000 and 25,000,000 bytes: 1000 us at 400 Gb/s together, after one dark time of 10 us.
  const { status, stdout } = heliostat(written('two.json', '[[50e6, 0], [0, 25e6]]'), '--dark', '10us');
  assert.equal(status, 0);
  assert.match(stdout, /^makespan 1010 us, bound 1010 us, gap 0.00 %/);
  assert.match(stdout, /1000 us {2}0>0 1>1/);
  assert.match(heliostat(join(folder, 'two.json'), '--dark', '10us', '--stay-lit').stdout, /0>0 +dark from 0 us, lit from 10 us to 1010 us/);
});

test('every bad entry is named with its row and column, every bad option beside it', () => {
  const { status, stderr } = heliostat(written('bad.csv', '0,5\n-1,x\n'), '--dark', 'soon', '--switches', '0');
  assert.equal(status, 2);
  for (const expected of [/row 2, column 1/, /row 2, column 2/, /--dark/, /--switches/]) assert.match(stderr, expected);
  assert.equal(heliostat(written('ragged.csv', '0,5\n1\n'), '--dark', '1us').status, 2);
  assert.equal(heliostat(written('broken.json', '[[1,'), '--dark', '1us').status, 2);
  assert.equal(heliostat(join(folder, 'none.csv'), '--dark', '1us').status, 2);
});
