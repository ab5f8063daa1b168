/** Lanes as devices show them against the intent, on a tree of eight ranks: every wavelength carries 100 Gb/s, the first four leave rank 0's server. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evolve } from '../../src/control/evolve/evolve.ts';
import type { Fact } from '../../src/control/fact.ts';
import { checkFold, checkInvariants, checkRedecide } from '../../src/control/invariants.ts';
import type { Reading } from '../../src/control/reading.ts';
import type { Play } from './play.ts';
import { one, play, second } from './play.ts';
import { treePlant } from './plants.ts';

const plant = treePlant();
const { fabric } = plant.cluster;
const link = fabric.outLink[fabric.outOffset[fabric.gpuNode[0] ?? 0] ?? 0] ?? 0;
const first = fabric.linkWavelength[link] ?? 0;
/** The adapter that holds the module of the link's port. */
const module = fabric.componentParent[fabric.linkPort[link] ?? 0] ?? 0;
const sender = fabric.componentName((fabric.componentParent[module] ?? 0) as never);
const rows = [first, first + 1];

const shows = (sequence: number, gbps: readonly (number | null)[], tunedNm: readonly (number | null)[] = [null, null]): Reading => ({ kind: 'lanesObserved', device: sender, sequence, wavelengths: rows, gbps, tunedNm });

/** Enters a plan that tells the first lane to go dark. */
function darken({ state, log }: Play): void {
  const body: Fact = { kind: 'planned', plan: { changes: [{ kind: 'setRate', wavelength: first, fromGbps: 100, toGbps: 0 }], reasons: [] }, reason: 'A test asked for it.' };
  const entry = { n: state.n + 1, kind: 'fact', atNs: state.nowNs, cause: state.n, body } as const;
  evolve(state, entry);
  log.push(entry);
}

test('a device whose lanes stand otherwise than intended is told them again, and nothing when they stand right', () => {
  const run = play(plant);
  assert.deepEqual(run.take(0, shows(1, [100, null])).map(({ kind }) => kind), ['deviceHeard']);
  // Rank 0's server shows its second lane dark: it is told 100 Gb/s for that lane alone.
  const facts = run.take(second, shows(2, [100, 0]));
  assert.deepEqual(one(facts, 'lanesApart'), { kind: 'lanesApart', device: sender, rates: [first + 1], tunings: [] });
  const { device, action } = one(facts, 'commandIssued');
  assert.deepEqual([device, action], [sender, { kind: 'setRates', wavelengths: [first + 1], gbps: [100] }]);
  // While that order is on its way the same report says nothing new.
  assert.deepEqual(run.take(second, shows(3, [100, 0])).map(({ kind }) => kind), ['deviceHeard']);
  assert.deepEqual(checkInvariants(run.state, run.log), []);
  assert.deepEqual([...checkFold(plant, run.header, run.log, run.state), ...checkRedecide(plant, run.header, run.log)], []);
});

test('a lane that is lit although it was told to be dark is told so again, by a device that knows no rates too', () => {
  const run = play(plant);
  run.take(0, { kind: 'tick' });
  darken(run);
  // An answer to no command wakes the plan; a tick would lift the order again, because every part is sound.
  run.take(0, { kind: 'commandAnswered', command: -1, outcome: 'done', detail: '' });
  for (const command of [...run.state.commands.keys()]) run.take(0, { kind: 'commandAnswered', command, outcome: 'done', detail: '' });
  assert.equal(run.state.openPlans.size, 0);
  assert.deepEqual(run.take(second, shows(1, [0, null])).map(({ kind }) => kind), ['deviceHeard']);
  assert.deepEqual(one(run.take(second, shows(2, [null, null])), 'commandIssued').action, { kind: 'setRates', wavelengths: [first], gbps: [0] });
});

test('rings that are tuned otherwise are tuned again', () => {
  const run = play(plant);
  assert.deepEqual(one(run.take(0, shows(1, [100, 100], [0, 0.4])), 'commandIssued').action, { kind: 'tune', wavelengths: [first + 1], nm: [0] });
});

test('reports of lanes that cannot be count against their device', () => {
  const run = play(plant);
  const wrong: readonly Reading[] = [shows(1, [100]), shows(2, [100, -5]), { kind: 'lanesObserved', device: sender, sequence: 3, wavelengths: [1e6], gbps: [0], tunedNm: [null] }];
  for (const [at, reading] of wrong.entries()) assert.equal(one(run.take(0, reading), 'deviceHeard').strikes, at + 1);
  assert.equal(one(run.take(0, shows(4, [0, 0])), 'setAside').refusal.code, 'device-lies');
});
