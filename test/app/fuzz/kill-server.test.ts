/** A server that is killed while it acknowledges leases; `node test/app/fuzz/kill-server.ts --times 30` goes on for longer. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killServer } from './kill-server.ts';

/** From the start of the process to its ready line, on a machine that does other things too. */
const recoveryMsMax = 30_000;

test('every lease that a killed server acknowledged stands after its restart, and every release holds', async () => {
  const { acknowledged, recoveriesMs } = await killServer({ times: 3, seed: 7 });
  assert.ok(acknowledged > 10, `only ${acknowledged} writes were acknowledged`);
  assert.ok(Math.max(...recoveriesMs) < recoveryMsMax, `a restart took ${Math.max(...recoveriesMs)} ms`);
});
