/** Each checker is shown a state or a log that breaks its invariant, and says so. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FactEntry } from '../../src/control/entry.ts';
import type { Fact } from '../../src/control/fact.ts';
import { checkCapacity, checkFloors, checkFold, checkJobs, checkOrder, checkRedecide, checkWaiting } from '../../src/control/invariants.ts';
import type { Violation } from '../../src/control/invariants.ts';
import type { Change } from '../../src/plan/plan.ts';
import type { Play } from './play.ts';
import { ask, job, play, second } from './play.ts';
import { ringPlant, treePlant } from './plants.ts';

const tree = treePlant();

function standing(): Play {
  const run = play(tree);
  run.take(0, ask('alone', 'allReduce', 200, [0, 1]));
  run.take(0, ask('shared', 'checkpoint', 100, [0, 1]));
  return run;
}

const saysOf = (violations: readonly Violation[]): readonly string[] => violations.map(({ message }) => message);
const planned = (changes: readonly Change[]): FactEntry =>
  ({ n: 9, kind: 'fact', atNs: 0, cause: 1, body: { kind: 'planned', plan: { changes, reasons: [] }, reason: '' } satisfies Fact });

test('capacity: a wavelength held by the wrong row, a rate that does not fit, and dark light are found', () => {
  assert.deepEqual(checkCapacity(standing().state), []);
  const held = standing();
  held.state.wavelengths.holder[3] = 0;
  assert.match(saysOf(checkCapacity(held.state)).join(), /wavelength 3 is held by row -1 and the state says 0/);
  const dark = standing();
  dark.state.wavelengths.physicsGbps[0] = 0;
  assert.match(saysOf(checkCapacity(dark.state)).join(), /alone is granted 200 Gb\/s on link 0, whose wavelengths carry 100/);
  const full = standing();
  // Two wavelengths of 100 Gb/s are left to share: with both dark, 100 Gb/s shared are too many.
  full.state.wavelengths.physicsGbps.fill(0, 2, 4);
  assert.match(saysOf(checkCapacity(full.state)).join(), /link 0 shares 100 Gb\/s of 0/);
  const way = standing();
  const lease = way.state.leases.get('shared') ?? assert.fail();
  lease.request = { ...lease.request, toRank: 5 };
  assert.match(saysOf(checkCapacity(way.state)).join(), /a path of shared does not end at its rank/);
});

test('circuits: a port used twice is found', () => {
  const { state } = play(ringPlant());
  const [[, made]] = [...state.circuits] as [[number, Map<number, number>]];
  made.set(0, 6);
  assert.match(saysOf(checkCapacity(state)).join(), /port 6 of side B .* used twice/);
});

test('waiting: a lease that waits for light that is free is found', () => {
  const { state, take } = standing();
  take(0, ask('low', 'background', 200, [0, 1]));
  take(0, { kind: 'tick' });
  assert.deepEqual(checkWaiting(state), []);
  const lease = state.leases.get('shared') ?? assert.fail();
  // As if a preemption had been forgotten: it is short by half while the background, the lower class, holds what it lacks.
  lease.grant = lease.grant === null ? null : { ...lease.grant, rateGbps: 50 };
  state.short.add('shared');
  assert.match(saysOf(checkWaiting(state)).join(), /shared waits for 100 Gb\/s that it could have/);
});

test('floors: a plan without a fault that goes below one is found', () => {
  const { state, log } = standing();
  const grant = state.leases.get('shared')?.grant ?? assert.fail();
  assert.equal(grant.floorGbps, 5);
  const [reading] = log;
  assert.ok(reading !== undefined);
  assert.equal(checkFloors([reading, planned([{ kind: 'move', from: grant, to: { ...grant, rateGbps: 4 } }])]).length, 1);
  assert.equal(checkFloors([reading, planned([{ kind: 'move', from: grant, to: { ...grant, rateGbps: 5 } }])]).length, 0);
  assert.equal(checkFloors([reading, planned([{ kind: 'drop', grant }])]).length, 1);
});

test('fold and replay: a log that lost or changed a fact is found', () => {
  const { state, log, header } = standing();
  assert.deepEqual([...checkFold(tree, header, log, state), ...checkRedecide(tree, header, log)], []);
  assert.equal(checkFold(tree, header, log.slice(0, -1), state)[0]?.invariant, 4);
  const altered = log.map((entry) => (entry.kind === 'fact' && entry.body.kind === 'leaseAccepted' ? { ...entry, body: { ...entry.body, endNs: second } } : entry));
  assert.equal(checkFold(tree, header, altered, state)[0]?.invariant, 4);
  assert.equal(checkRedecide(tree, header, altered)[0]?.invariant, 5);
});

test('jobs: one that stands without a reason is found', () => {
  const { state, take } = play(tree);
  take(0, { kind: 'jobAsked', job: job('train', [0, 1], [{ trafficClass: 'allReduce', fromRank: 0, toRank: 1, rateGbps: 100 }]) });
  assert.deepEqual(checkJobs(state), []);
  const lease = state.leases.get('train/allReduce/0') ?? assert.fail();
  lease.grant = null;
  assert.equal(checkJobs(state)[0]?.invariant, 6);
});

test('order: a plan that breaks before it makes is found, one that must is not', () => {
  const circuit = (aPort: number, bPort: number): { readonly ocs: number; readonly aPort: number; readonly bPort: number } => ({ ocs: 15, aPort, bPort });
  const away: Change = { kind: 'disconnect', circuit: circuit(0, 3) };
  assert.equal(checkOrder(planned([away, { kind: 'connect', circuit: circuit(8, 9) }])).length, 1);
  assert.equal(checkOrder(planned([{ kind: 'connect', circuit: circuit(8, 9) }, away])).length, 0);
  assert.equal(checkOrder(planned([away, { kind: 'connect', circuit: circuit(0, 9) }])).length, 0);
  const grant = standing().state.leases.get('shared')?.grant ?? assert.fail();
  assert.equal(checkOrder(planned([{ kind: 'drop', grant }, { kind: 'add', grant }])).length, 1);
});
