/** Rungs that cannot win and would have to look at many leases: what is told of them without working them out, and that it is a bound. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Decision } from '../../src/control/decision.ts';
import { isWorkedOut } from '../../src/control/decision.ts';
import { one, job, play, second } from './play.ts';
import { treePlant } from './plants.ts';

/** Six accelerators of eight, each a replica; rank 0 talks to the other leaf over as many leases as asked, and a port of its leaf dies. */
function decisionWith(leases: number): Decision {
  const { state, take } = play(treePlant());
  const demands = Array.from({ length: leases }, (_, at) => ({ trafficClass: 'allReduce' as const, fromRank: 0, toRank: 4 + (at % 2), rateGbps: 5 }));
  take(0, { kind: 'jobAsked', job: job('six', [0, 1, 2, 3, 4, 5], demands) });
  const [lease] = state.leases.values();
  const link = lease?.grant?.paths[0]?.links[1] ?? assert.fail('the lease goes up from its leaf');
  const component = state.plant.cluster.fabric.linkPort[link] ?? -1;
  return one(take(second, { kind: 'alarm', device: 'leaf', sequence: 1, component, alarm: 'partFault', raised: true }), 'decided').decision;
}

const rungOf = ({ candidates }: Decision, name: string): Decision['candidates'][number] => candidates.find(({ rung }) => rung === name) ?? assert.fail(name);

// Migrating stops six accelerators for a checkpoint of 1 s and a restart of 10 s: 66 GPU s. Shrinking by the replica of rank 0 stops them
// for the checkpoint and loses the step under way, and takes one sixth for the rest of the run, 1000 steps of 14 ms:
// 6 x (1 + 0.014 + 14 / 6) = 20.084 GPU s.
const migrateGpuS = 66;
const shrinkGpuS = 20.084;

test('a rung that would look at more than 32 leases and cannot win is not worked out, and its least price is told', () => {
  const decision = decisionWith(40);
  assert.equal(decision.rung, 'reroute');
  for (const [name, leastGpuS] of [['shrink', shrinkGpuS], ['migrate', migrateGpuS]] as const) {
    const candidate = rungOf(decision, name);
    assert.equal(candidate.price, null);
    assert.equal(isWorkedOut(candidate), false);
    assert.ok(Math.abs((candidate.atLeastGpuS ?? NaN) - leastGpuS) < 1e-9, `${name}: ${candidate.atLeastGpuS}`);
  }
});

test('with few leases every rung is worked out, and none costs less than its bound', () => {
  const decision = decisionWith(4);
  for (const [name, leastGpuS] of [['shrink', shrinkGpuS], ['migrate', migrateGpuS]] as const) {
    const { price, atLeastGpuS } = rungOf(decision, name);
    assert.equal(atLeastGpuS, undefined);
    assert.ok(price !== null && price.lostGpuS >= leastGpuS - 1e-9, `${name}: ${price?.lostGpuS}`);
  }
});
