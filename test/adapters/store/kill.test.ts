/** A few kills of a real process; `npm run store:kill` does hundreds. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killMany } from './kill.ts';

test('every acknowledged entry and snapshot survives SIGKILL at random moments', async () => {
  const report = await killMany({ times: 20, seed: 7 });
  assert.equal(report.kills, 20);
  assert.ok(report.duringWrites >= 5, `only ${report.duringWrites} kills fell into writing`);
});
