/** Every network case that lies beside the checkout, held to the tolerance its schema states. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { parseSimCases } from '../../src/adapters/simcase.ts';
import { runCase } from '../../src/app/flow-case.ts';
import { isRefusal } from '../../src/base/refusal.ts';
import { sharedPath, sharedTest } from '../shared.ts';

interface Reference {
  readonly name: string;
  readonly expected: { readonly makespan_s: number; readonly fct_s?: readonly number[] };
}

async function holdToReference(path: string, tolerance: number): Promise<void> {
  const bytes = readFileSync(path);
  const document = JSON.parse((path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()) as Reference & { readonly cases?: readonly Reference[] };
  const read = parseSimCases(bytes, path);
  assert.ok(read.ok, read.ok ? '' : JSON.stringify(read.issues));
  const references = document.cases ?? [document];
  assert.equal(read.value.cases.length, references.length);
  for (const [index, simCase] of read.value.cases.entries()) {
    const { name, expected } = references[index] ?? assert.fail('one reference for each case');
    const answer = await runCase(simCase);
    assert.ok(!isRefusal(answer), name);
    const off = (actual: number, wanted: number): number => Math.abs(actual - wanted) / wanted;
    assert.ok(off(answer.makespanNs / 1e9, expected.makespan_s) <= tolerance, `${name}: makespan ${answer.makespanNs / 1e9} s instead of ${expected.makespan_s} s`);
    for (const [flow, wanted] of (expected.fct_s ?? []).entries()) {
      const actual: number = (answer.durationNs?.[flow] ?? NaN) / 1e9;
      assert.ok(off(actual, wanted) <= tolerance, `${name}: flow ${flow} takes ${actual} s instead of ${wanted} s`);
    }
  }
}

sharedTest('every hand-worked case is exact to 1e-9', 'cases/tiny.json', (path) => holdToReference(path, 1e-9));

const folder = sharedPath('cases');
if (folder === null) test('network cases agree with SimGrid to 1e-6', { skip: '../shared/cases is not here' }, () => {});
else {
  for (const file of readdirSync(folder)) {
    const isCase = /\.json(\.gz)?$/.test(file) && !/^(schema|tiny|astra-analytical|packet-level)\./.test(file);
    if (isCase) sharedTest(`${file.replace(/\.json(\.gz)?$/, '')} agrees with its reference to 1e-6`, `cases/${file}`, (path) => holdToReference(path, 1e-6));
  }
}
