/** Random readings in any order: the invariants hold after each, the log folds to the live state and decides the same again, forks leave it alone. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createState, forkState } from '../../src/control/create-state.ts';
import type { Entry } from '../../src/control/entry.ts';
import { checkFold, checkInvariants, checkRedecide, checkWaiting } from '../../src/control/invariants.ts';
import type { Plant } from '../../src/control/plant.ts';
import type { Reading } from '../../src/control/reading.ts';
import { logHeader, recover, takeReading } from '../../src/control/run.ts';
import { digestOf } from '../../src/control/state-digest.ts';
import type { State } from '../../src/control/state.ts';
import { trafficClassNames } from '../../src/traffic/classes.ts';
import { hour, job, request, second } from './play.ts';
import { ringPlant, treePlant } from './plants.ts';

const header = (plant: Plant): ReturnType<typeof logHeader> => logHeader(plant, '2026-01-01T00:00:00Z');

const trafficClass = fc.constantFrom(...trafficClassNames);
const rate = fc.constantFrom(50, 100, 150, 200, 400, 33.3);
const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');

/** Something that may come in; commands are named by their place among the open ones when it comes. */
type Move = { readonly reading: Reading } | { readonly answer: number; readonly outcome: 'done' | 'failed' | 'busy' } | { readonly shows: readonly number[] };

function moves(plant: Plant): fc.Arbitrary<Move> {
  const { fabric } = plant.cluster;
  const rank = fc.nat(fabric.gpuNode.length - 1);
  const component = fc.nat(fabric.componentCount - 1);
  const reading: fc.Arbitrary<Reading> = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(name, trafficClass, rate, rank, rank).map(([id, of, gbps, from, to]): Reading => ({ kind: 'leaseAsked', request: request(id, of, gbps, [from, to], { endNs: 3 * hour }) })) },
    { weight: 2, arbitrary: fc.tuple(name, trafficClass, rate, rank, rank, fc.nat(3), fc.integer({ min: 1, max: 3 })).map(([id, of, gbps, from, to, start, hours]): Reading =>
      ({ kind: 'leaseAsked', request: request(id, of, gbps, [from, to], { startNs: start * hour, endNs: (start + hours) * hour }) })) },
    { weight: 1, arbitrary: fc.tuple(name, trafficClass, rank, rank).map(([id, of, from, to]): Reading =>
      ({ kind: 'leaseAsked', request: request(id, of, 0, [from, to], { rateGbps: null, bits: 3e14, endNs: 9 * hour }) })) },
    { weight: 2, arbitrary: name.map((id): Reading => ({ kind: 'leaseReleased', id })) },
    { weight: 1, arbitrary: name.map((id): Reading => ({ kind: 'leaseRenewed', id, endNs: 3 * hour })) },
    { weight: 3, arbitrary: fc.constant<Reading>({ kind: 'tick' }) },
    { weight: 2, arbitrary: fc.tuple(fc.constantFrom('j', 'k'), trafficClass, rate, rank, rank).map(([id, of, rateGbps, from, to]): Reading =>
      ({ kind: 'jobAsked', job: job(id, from === to ? [from] : [from, to], [{ trafficClass: of, fromRank: from, toRank: to, rateGbps }]) })) },
    { weight: 1, arbitrary: fc.constantFrom('j', 'k').map((id): Reading => ({ kind: 'jobEnded', id })) },
    { weight: 2, arbitrary: fc.tuple(component, fc.constantFrom('drain', 'repair', 'verify', 'return', 'cancel')).map(([of, action]): Reading => ({ kind: 'maintenanceAsked', component: of, action, by: 'ada' })) },
    { weight: 1, arbitrary: fc.tuple(component, fc.boolean()).map(([of, passed]): Reading => ({ kind: 'verified', component: of, passed, detail: '' })) },
    { weight: 3, arbitrary: fc.tuple(fc.nat(30), component, fc.boolean(), fc.constantFrom('lossOfLight', 'partFault', 'laserFault', 'portStuck')).map(([sequence, of, raised, alarm]): Reading =>
      ({ kind: 'alarm', device: 'agent', sequence, component: of, raised, alarm })) },
  );
  const port = fc.nat(9);
  return fc.oneof(
    { weight: 12, arbitrary: reading.map((one) => ({ reading: one })) },
    { weight: 4, arbitrary: fc.record({ answer: fc.nat(3), outcome: fc.constantFrom('done', 'done', 'failed', 'busy') }) },
    { weight: 1, arbitrary: fc.array(port, { maxLength: 6 }).map((shows) => ({ shows })) },
  );
}

/** The reading that a move means on a state. */
function readingOf(state: State, move: Move, sequence: number): Reading {
  if ('reading' in move) return move.reading;
  if ('answer' in move) return { kind: 'commandAnswered', command: [...state.commands.keys()][move.answer] ?? -1, outcome: move.outcome, detail: 'by chance' };
  const [ocs, made] = [...state.circuits][0] ?? [-1, new Map<number, number>()];
  const circuits = [...made].filter(([aPort]) => !move.shows.includes(aPort)).map(([aPort, bPort]) => ({ aPort, bPort }));
  return { kind: 'circuitsObserved', device: 'switch', sequence, ocs, circuits };
}

function run(plant: Plant, steps: readonly (readonly [Move, number])[]): void {
  const state = createState(plant);
  const log: Entry[] = [];
  let atNs = 0;
  for (const [at, [move, laterS]] of steps.entries()) {
    atNs += laterS * second;
    const fork = at % 7 === 3 ? forkState(state) : null;
    const before = fork === null ? null : digestOf(fork);
    const reading = readingOf(state, move, at);
    const entries = takeReading(state, atNs, reading);
    log.push(...entries);
    const waiting = reading.kind === 'tick' ? checkWaiting(state) : [];
    assert.deepEqual([...checkInvariants(state, entries), ...waiting], [], `after reading ${entries[0]?.n ?? 0}, ${JSON.stringify(reading)}`);
    if (fork !== null) {
      assert.equal(digestOf(fork), before, 'the live state has written into its fork');
      assert.deepEqual(JSON.stringify(takeReading(fork, atNs, reading)), JSON.stringify(entries), 'a fork decides as the live state does');
    }
  }
  const stored = log.map((entry) => JSON.parse(JSON.stringify(entry)) as Entry);
  assert.deepEqual([...checkFold(plant, header(plant), stored, state), ...checkRedecide(plant, header(plant), stored)], []);
  const cut = Math.floor(stored.length / 2);
  assert.equal(recover(plant, header(plant), stored.slice(0, cut)).issue, null);
}

for (const [title, plant] of [['a packet tree', treePlant()], ['a circuit ring', ringPlant()]] as const) {
  test(`random readings keep the invariants on ${title}`, () => {
    const step = fc.tuple(moves(plant), fc.constantFrom(0, 1, 3, 60, 1800));
    fc.assert(fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => run(plant, steps)), { numRuns: 150, seed: 6, endOnFailure: false });
  });
}
