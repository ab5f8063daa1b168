/**
 * Devices, on a ring of four ranks over one circuit switch. Rank g has ports 2g and 2g+1; the ring joins port 2g to port 2g+3 and
 * back: A to B 0-3, 3-0, 2-5, 5-2, 4-7, 7-4, 6-1, 1-6.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evolve } from '../../src/control/evolve/evolve.ts';
import type { Fact } from '../../src/control/fact.ts';
import { checkFold, checkInvariants, checkRedecide } from '../../src/control/invariants.ts';
import { defaultPolicy } from '../../src/plan/policy.ts';
import type { Change } from '../../src/plan/plan.ts';
import type { Play } from './play.ts';
import { ask, minute, one, play, second } from './play.ts';
import { ringPlant } from './plants.ts';

const plant = ringPlant();
const ocs = plant.cluster.fabric.findComponent('ocs0');
const switchName = plant.cluster.fabric.componentName(ocs as never);

const connect = (aPort: number, bPort: number): Change => ({ kind: 'connect', circuit: { ocs, aPort, bPort } });
const disconnect = (aPort: number, bPort: number): Change => ({ kind: 'disconnect', circuit: { ocs, aPort, bPort } });

/** Enters a plan as an allocator's, caused by the last entry. */
function plan({ state, log }: Play, changes: readonly Change[]): number {
  const body: Fact = { kind: 'planned', plan: { changes, reasons: [] }, reason: 'A test asked for it.' };
  const entry = { n: state.n + 1, kind: 'fact', atNs: state.nowNs, cause: state.n, body } as const;
  evolve(state, entry);
  log.push(entry);
  return entry.n;
}

const commands = (facts: readonly Fact[]): readonly Extract<Fact, { kind: 'commandIssued' }>[] => facts.filter((fact) => fact.kind === 'commandIssued');
const open = ({ state }: Play): readonly number[] => [...state.commands.keys()];
const answer = (run: Play, atNs: number, outcome: 'done' | 'failed' | 'busy', command: number = open(run)[0] ?? -1): readonly Fact[] =>
  run.take(atNs, { kind: 'commandAnswered', command, outcome, detail: 'as the test says' });

/** A play whose switch has ports A1, B6, A6 and B1 free. */
function withFreePorts(): Play {
  const run = play(plant);
  run.take(0, { kind: 'tick' });
  plan(run, [disconnect(1, 6), disconnect(6, 1)]);
  run.take(0, { kind: 'tick' });
  one(answer(run, 0, 'done'), 'confirmed');
  return run;
}

test('the circuits of state zero are those the fabric is built with', () => {
  assert.deepEqual([...(play(plant).state.circuits.get(ocs) ?? [])].sort(([a], [b]) => a - b), [[0, 3], [1, 6], [2, 5], [3, 0], [4, 7], [5, 2], [6, 1], [7, 4]]);
});

test('what makes goes out before what breaks, and the plan is in force when all have confirmed', () => {
  const run = withFreePorts();
  const n = plan(run, [connect(1, 6), disconnect(0, 3), connect(0, 1)]);
  const first = commands(run.take(second, { kind: 'tick' }));
  assert.deepEqual(first.map(({ of, device, action }) => [of, device, action]), [[n, switchName, { kind: 'crossConnect', ocs, remove: [], create: [{ aPort: 1, bPort: 6 }] }]]);
  const second1 = commands(answer(run, second, 'done'));
  // Port A0 is free only when 0-3 is gone: one order to the switch removes and then creates.
  assert.deepEqual(second1.map(({ action }) => action), [{ kind: 'crossConnect', ocs, remove: [{ aPort: 0, bPort: 3 }], create: [{ aPort: 0, bPort: 1 }] }]);
  assert.equal(one(answer(run, 3 * second, 'done'), 'confirmed').of, n);
  assert.equal(run.state.openPlans.size, 0);
  assert.deepEqual([...checkInvariants(run.state, run.log), ...checkFold(plant, run.header, run.log, run.state)], []);
});

test('a plan that a device cannot carry out is taken back, last to first', () => {
  const run = withFreePorts();
  plan(run, [connect(1, 6), disconnect(0, 3), connect(0, 1)]);
  run.take(second, { kind: 'tick' });
  answer(run, second, 'done');
  const facts = answer(run, 2 * second, 'failed');
  assert.deepEqual(one(facts, 'rolledBack').changes, [disconnect(0, 1), connect(0, 3), disconnect(1, 6)]);
  // The switch is told so in one order: 1-6 and 0-1 go, 0-3 comes back.
  assert.deepEqual(commands(facts).map(({ action }) => action), [{ kind: 'crossConnect', ocs, remove: [{ aPort: 0, bPort: 1 }, { aPort: 1, bPort: 6 }], create: [{ aPort: 0, bPort: 3 }] }]);
  assert.equal(run.state.circuits.get(ocs)?.get(0), 3);
  one(answer(run, 2 * second, 'done'), 'confirmed');
  assert.deepEqual(checkFold(plant, run.header, run.log, run.state), []);
});

test('a command without an answer is sent again under its number, and given up after the policy\'s retries', () => {
  const run = play(plant);
  plan(run, [disconnect(1, 6)]);
  const { resendNs, retriesMax } = run.state.policy.commands;
  run.take(0, { kind: 'tick' });
  const [number] = open(run);
  for (let retry = 1; retry <= retriesMax; retry++) {
    const [again] = commands(run.take(retry * resendNs, { kind: 'tick' }));
    assert.deepEqual([again?.resends, again?.attempt], [number, retry + 1]);
    assert.deepEqual(open(run), [number]);
  }
  const facts = run.take((retriesMax + 1) * resendNs, { kind: 'tick' });
  assert.equal(one(facts, 'commandEnded').outcome, 'gaveUp');
  assert.deepEqual(one(facts, 'rolledBack').changes, [connect(1, 6)]);
});

test('a busy device is asked again at the deadline; an answer that comes twice changes nothing', () => {
  const run = play(plant);
  plan(run, [disconnect(1, 6)]);
  run.take(0, { kind: 'tick' });
  const [number] = open(run);
  assert.deepEqual(answer(run, 0, 'busy'), []);
  one(answer(run, 1, 'done', number), 'confirmed');
  assert.deepEqual(answer(run, 2, 'done', number).map((fact) => fact.kind === 'setAside' && fact.refusal.code), ['no-such-command']);
});

test('one plan at a time works on a switch; the next goes out when it is done', () => {
  const run = play(plant);
  const first = plan(run, [disconnect(1, 6)]);
  const next = plan(run, [disconnect(6, 1)]);
  assert.deepEqual(commands(run.take(0, { kind: 'tick' })).map(({ of }) => of), [first]);
  assert.deepEqual(commands(run.take(1, { kind: 'tick' })), []);
  assert.deepEqual(commands(answer(run, 2, 'done')).map(({ of }) => of), [next]);
});

test('a switch is not reconfigured more often than the policy allows', () => {
  const run = play(plant);
  run.take(0, { kind: 'policySet', policy: { ...defaultPolicy, commands: { ...defaultPolicy.commands, reconfigurationsPerOcsPerMinuteMax: 1 } } });
  plan(run, [disconnect(1, 6)]);
  plan(run, [disconnect(6, 1)]);
  run.take(0, { kind: 'tick' });
  assert.deepEqual(commands(answer(run, 1, 'done')), []);
  assert.deepEqual(commands(run.take(minute - 1, { kind: 'tick' })), []);
  assert.equal(commands(run.take(minute, { kind: 'tick' })).length, 1);
});

const shown = (without: readonly number[], extra: readonly (readonly [number, number])[] = []): { readonly aPort: number; readonly bPort: number }[] =>
  [...[[0, 3], [1, 6], [2, 5], [3, 0], [4, 7], [5, 2], [6, 1], [7, 4]].filter(([a]) => !without.includes(a ?? -1)), ...extra].map(([aPort = 0, bPort = 0]) => ({ aPort, bPort }));

test('a switch that shows other circuits than it should is told again, and its word is accepted when it cannot', () => {
  const run = play(plant);
  run.take(0, ask('ahead', 'allReduce', 100, [0, 1]));
  const facts = run.take(second, { kind: 'circuitsObserved', device: switchName, sequence: 1, ocs, circuits: shown([0]) });
  assert.deepEqual(commands(facts).map(({ action }) => action), [{ kind: 'crossConnect', ocs, remove: [], create: [{ aPort: 0, bPort: 3 }] }]);
  const accepted = answer(run, 2 * second, 'failed');
  assert.deepEqual(one(accepted, 'rolledBack').changes.map(({ kind }) => kind), ['drop', 'disconnect']);
  assert.equal(run.state.circuits.get(ocs)?.has(0), false);
  assert.equal(run.state.leases.get('ahead')?.grant, null);
  assert.deepEqual(checkInvariants(run.state, run.log), []);
  // The same picture again is what is intended now.
  assert.deepEqual(commands(run.take(3 * second, { kind: 'circuitsObserved', device: switchName, sequence: 2, ocs, circuits: shown([0]) })), []);
  assert.deepEqual(checkRedecide(plant, run.header, run.log), []);
});

test('circuits that cannot be are set aside', () => {
  const run = play(plant);
  const codes = (circuits: ReturnType<typeof shown>, sequence: number, of: number = ocs): unknown =>
    run.take(0, { kind: 'circuitsObserved', device: switchName, sequence, ocs: of, circuits }).flatMap((fact) => (fact.kind === 'setAside' ? [fact.refusal.code] : []));
  assert.deepEqual(codes(shown([0], [[1, 3]]), 1), ['impossible-circuits']);
  assert.deepEqual(codes(shown([], [[8, 9]]), 2), ['unknown-port']);
  assert.deepEqual(codes([], 3, 0), ['unknown-component']);
  assert.equal(run.state.observedCircuits.size, 0);
});
