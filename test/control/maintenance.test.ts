/** Maintenance by hand on the tree plant: leaf 0 reaches leaf 1 over four spines, 400 Gb/s each. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkInvariants, checkRedecide } from '../../src/control/invariants.ts';
import { evolve } from '../../src/control/evolve/evolve.ts';
import { healthNames } from '../../src/control/fact.ts';
import { linkGbps } from '../../src/control/light.ts';
import type { Reading } from '../../src/control/reading.ts';
import type { Play } from './play.ts';
import { ask, one, play, second } from './play.ts';
import { treePlant } from './plants.ts';

const plant = treePlant();
const { fabric } = plant.cluster;
const spine = (index: number): number => fabric.findComponent(`spine${index}`);

const asked = (run: Play, component: number, action: Extract<Reading, { kind: 'maintenanceAsked' }>['action']): ReturnType<Play['take']> => run.take(second, { kind: 'maintenanceAsked', component, action, by: 'ada' });
const stageOf = (run: Play, component: number): string | null => run.state.maintenance.get(component)?.stage ?? null;
/** The spine over which a lease goes. */
const spineOf = (run: Play, id: string): number => fabric.nodeComponent[fabric.linkTarget[run.state.leases.get(id)?.grant?.paths[0]?.links[1] ?? -1] ?? -1] ?? -1;

test('a drained spine moves its leases to another before it goes dark, and lights again when it returns', () => {
  const run = play(plant);
  run.take(0, ask('across', 'allReduce', 200, [0, 4]));
  const drained = spineOf(run, 'across');
  const facts = asked(run, drained, 'drain');
  assert.deepEqual(facts.map(({ kind }) => kind), ['maintenanceSet', 'healthSet', 'planned', 'maintenanceSet', 'healthSet', 'believed', 'judged']);
  assert.deepEqual(one(facts, 'planned').plan.changes.map(({ kind }) => kind), ['move']);
  assert.notEqual(spineOf(run, 'across'), drained);
  const uplink = run.log.length > 0 ? fabric.linkSource.findIndex((node) => fabric.nodeComponent[node] === drained) : -1;
  assert.equal(linkGbps(run.state, uplink), 0);
  asked(run, drained, 'return');
  assert.equal(linkGbps(run.state, uplink), 400);
  assert.deepEqual([stageOf(run, drained), run.state.wavelengths.darkCauses.some((count) => count > 0)], [null, false]);
  assert.deepEqual([...checkInvariants(run.state, run.log), ...checkRedecide(plant, run.header, run.log)], []);
});

/** Opens a plan that slows one wavelength of a spine's uplink, which no device confirms. */
function openOn(run: Play, component: number): void {
  const uplink = fabric.linkSource.findIndex((node) => fabric.nodeComponent[node] === component);
  const wavelength = fabric.linkWavelength[uplink] ?? -1;
  const fromGbps = run.state.wavelengths.rateGbps[wavelength] ?? 0;
  const plan = { changes: [{ kind: 'setRate', wavelength, fromGbps, toGbps: fromGbps / 2 }], reasons: [] } as const;
  evolve(run.state, { n: run.state.n + 1, kind: 'fact', atNs: run.state.nowNs, cause: run.state.n, body: { kind: 'planned', plan, reason: 'A test.' } });
  assert.equal(run.state.openPlans.size, 1);
}

test('a drain waits for plans that change its own light, and for no others', () => {
  for (const [other, stage] of [[1, 'drained'], [0, 'draining']] as const) {
    const run = play(plant);
    run.take(0, { kind: 'tick' });
    openOn(run, spine(other));
    asked(run, spine(0), 'drain');
    assert.equal(stageOf(run, spine(0)), stage);
  }
});

test('a drain that would take light from a class that may not lose it is refused and changes nothing', () => {
  const run = play(plant);
  // Four leases of 400 Gb/s fill all four spines.
  for (const rank of [0, 1, 2, 3]) run.take(0, ask(`full${rank}`, 'allToAll', 400, [rank, rank + 4]));
  const no = one(asked(run, spine(0), 'drain'), 'setAside').refusal;
  assert.deepEqual([no.code, no.remedy], ['drain-blocked', 'wait']);
  assert.equal(stageOf(run, spine(0)), null);
});

test('a drain preempts what has no floor, which waits and gets its light back', () => {
  const run = play(plant);
  for (const rank of [0, 1, 2, 3]) run.take(0, ask(`copy${rank}`, 'background', 400, [rank, rank + 4]));
  asked(run, spine(0), 'drain');
  assert.deepEqual([0, 1, 2, 3].filter((rank) => run.state.leases.get(`copy${rank}`)?.grant === null).length, 1);
  assert.deepEqual(checkInvariants(run.state, run.log), []);
  asked(run, spine(0), 'cancel');
  assert.deepEqual([0, 1, 2, 3].map((rank) => run.state.leases.get(`copy${rank}`)?.grant?.rateGbps), [400, 400, 400, 400]);
});

// The device told of the fault once, when it came; nobody has touched the part, so it is as dark as before.
test('a part that was dark before it was drained is dark when the drain is cancelled, and lights when its device says so', () => {
  const run = play(plant);
  const module = fabric.findComponent('node0/nic0/module0');
  const claim = (sequence: number, raised: boolean): void => void run.take(sequence * second, { kind: 'alarm', device: 'node0/nic0', sequence, component: module, alarm: 'partFault', raised });
  const standing = (): readonly [number | undefined, string | undefined] => [run.state.components.isDead[module], healthNames[run.state.components.health[module] ?? 0]];
  claim(1, true);
  assert.deepEqual(standing(), [1, 'failed']);
  asked(run, module, 'drain');
  assert.equal(stageOf(run, module), 'drained');
  asked(run, module, 'cancel');
  assert.deepEqual([stageOf(run, module), ...standing()], [null, 1, 'failed']);
  claim(2, false);
  run.take(run.state.nowNs + run.state.policy.health.holdDownNs, { kind: 'tick' });
  assert.deepEqual(standing(), [0, 'sound']);
  assert.deepEqual([...checkInvariants(run.state, run.log), ...checkRedecide(plant, run.header, run.log)], []);
});

test('what is repaired returns when it has passed its verification, and not before', () => {
  const run = play(plant);
  const stages: (string | null)[] = [];
  for (const action of ['drain', 'repair', 'verify'] as const) {
    asked(run, spine(1), action);
    stages.push(stageOf(run, spine(1)));
  }
  assert.deepEqual(stages, ['drained', 'repairing', 'verifying']);
  assert.equal(one(asked(run, spine(1), 'return'), 'setAside').refusal.code, 'wrong-stage');
  run.take(second, { kind: 'verified', component: spine(1), passed: false, detail: 'lane 2 at 3e-4' });
  assert.equal(stageOf(run, spine(1)), 'verificationFailed');
  assert.equal(one(asked(run, spine(1), 'return'), 'setAside').refusal.code, 'wrong-stage');
  assert.ok(run.state.components.isDead[spine(1)] === 1, 'it stays dark');
  for (const action of ['repair', 'verify'] as const) asked(run, spine(1), action);
  run.take(second, { kind: 'verified', component: spine(1), passed: true, detail: 'all lanes below 1e-9' });
  assert.deepEqual([stageOf(run, spine(1)), run.state.components.isDead[spine(1)], run.state.components.health[spine(1)]], [null, 0, 0]);
});

test('steps out of turn and components that do not exist are set aside', () => {
  const run = play(plant);
  for (const action of ['repair', 'verify', 'return', 'cancel'] as const) assert.equal(one(asked(run, spine(0), action), 'setAside').refusal.code, 'wrong-stage');
  for (const component of [-1, 1e9, 0.5]) assert.equal(one(asked(run, component, 'drain'), 'setAside').refusal.code, 'unknown-component');
  assert.equal(one(run.take(0, { kind: 'verified', component: spine(0), passed: true, detail: '' }), 'setAside').refusal.code, 'wrong-stage');
  asked(run, spine(0), 'drain');
  assert.equal(one(asked(run, spine(0), 'drain'), 'setAside').refusal.code, 'wrong-stage');
});

test('whoever asks for a step that is not next is told which one is, and to wait only where time brings it', () => {
  const run = play(plant);
  const told = (component: number, action: Parameters<typeof asked>[2]): readonly [string, string] => {
    const { remedy, reasons } = one(asked(run, component, action), 'setAside').refusal;
    return [remedy, reasons[1] ?? ''];
  };
  assert.deepEqual(told(spine(0), 'return'), ['never', 'There is nothing to take back.']);
  assert.deepEqual(told(spine(0), 'repair'), ['never', 'Drain it first.']);
  asked(run, spine(0), 'drain');
  asked(run, spine(0), 'repair');
  assert.deepEqual(told(spine(0), 'return'), ['never', 'It is being repaired: verify it when that is done; it returns when it passes.']);
  asked(run, spine(0), 'verify');
  assert.deepEqual(told(spine(0), 'repair'), ['never', 'It is being tested: say what the test found; it returns when it has passed.']);
  run.take(0, { kind: 'verified', component: spine(0), passed: false, detail: 'dark' });
  assert.deepEqual(told(spine(0), 'return'), ['never', 'It failed its test: repair it again.']);
});
