/** Under saturating load nearly all accelerators are in slices (goal G9). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slicesInUse } from '../../../bench/workloads/slice-arrivals.ts';

// 128 jobs of seeded shapes wait at any time, any of them may start; shapes that close in no box are left out and counted. That no two
// slices share a link is asserted for every slice in slices.test.ts.
test('at least 0.9 of 4,096 accelerators are in use under saturating load, and fewer without folding', () => {
  const folded = slicesInUse({ mayFold: true, departures: 300, seed: 1 });
  assert.ok(folded.mean >= 0.9, `${folded.mean}`);
  const straight = slicesInUse({ mayFold: false, departures: 300, seed: 1 });
  assert.ok(straight.mean < folded.mean && straight.impossible > folded.impossible, `${straight.mean}, ${straight.impossible} against ${folded.impossible}`);
});
