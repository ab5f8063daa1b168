/** New circuits of the reroute rung: what they cost, in which order they are made, and what becomes of them when the switch or the repair says otherwise. */

import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { createPlayHost } from '../../src/app/scenario-host.ts';
import { checkOrder } from '../../src/control/invariants.ts';
import type { Entry } from '../../src/control/entry.ts';
import { expectedStallNs } from '../../src/control/ladder/circuit-stall.ts';
import { performPlay } from '../../src/study/play/perform.ts';

const file = fileURLToPath(new URL('../scenarios/test.play', import.meta.url));

/** Plays commands on the three blocks with a spare uplink each; answers the log. */
function played(cluster: string, ...commands: readonly string[]): readonly Entry[] {
  const text = [`cluster clusters/${cluster}.yaml`, 'policy health.holdDown=60s', ...commands, 'check', '----', ''].join('\n');
  const performed = performPlay({ text, file }, createPlayHost(file), 1);
  assert.deepEqual(performed.issues, []);
  assert.deepEqual(performed.violations, []);
  return performed.log;
}

const facts = (log: readonly Entry[]) => log.flatMap((entry) => (entry.kind === 'fact' ? [entry] : []));

const decisions = (log: readonly Entry[]) => facts(log).flatMap((entry) => (entry.body.kind === 'decided' ? [{ entry, decision: entry.body.decision }] : []));

const fullBlocks = [
  'job j1 ranks 0,4 compute 80ms phase allReduce 20ms 300Gbps ring',
  'job j2 ranks 2,8 compute 80ms phase allReduce 20ms 300Gbps ring',
  'job j3 ranks 6,10 compute 80ms phase allReduce 20ms 300Gbps ring',
  'run 2s',
];

test('a step stalls by what of the darkness falls outside its phase gap, on average over when it begins', () => {
  // No gap: every instant of darkness is lost.
  assert.equal(expectedStallNs({ darkNs: 7, stepNs: 100, busyNs: 100 }), 7);
  // Never busy, darkness shorter than the step: what is lost is what reaches beyond the end of the gap, 7 ns x 7 / 100 / 2.
  assert.ok(Math.abs(expectedStallNs({ darkNs: 7, stepNs: 100, busyNs: 0 }) - 0.245) < 1e-12);
  // Gap 80 of 100, dark 60: (20 x 60 + 60 x 60 - 60 x 60 / 2) / 100 = (1200 + 1800) / 100.
  assert.ok(Math.abs(expectedStallNs({ darkNs: 60, stepNs: 100, busyNs: 20 }) - 30) < 1e-12);
  // Longer than the gap: all of it but the mean of what the gap hides, 200 - 80 x 80 / 200.
  assert.ok(Math.abs(expectedStallNs({ darkNs: 200, stepNs: 100, busyNs: 20 }) - 168) < 1e-12);
  // A job that stands has no step to hide in.
  assert.equal(expectedStallNs({ darkNs: 60, stepNs: Infinity, busyNs: 0 }), 60);
});

test('with free ports the new circuit is made and nothing is broken; the price is the stall of both accelerators', () => {
  const [first] = decisions(played('blocks-12', ...fullBlocks, 'inject ocs0/3A dirty 40dB', 'run 5s'));
  assert.ok(first !== undefined);
  assert.equal(first.decision.rung, 'reroute');
  const kinds = first.decision.plan.changes.map(({ kind }) => kind);
  // One duplex circuit is two cross-connects; both leases of the ring move.
  assert.deepEqual(kinds, ['connect', 'connect', 'move', 'move']);
  assert.deepEqual(checkOrder(first.entry), []);
  // The part's drain, programming, switching, relock and FEC times at their midpoints are in the plant; the step is busy for 20 of 100 ms.
  const [effect] = first.decision.price.effects;
  assert.ok(effect !== undefined && effect.pauseNs > 0);
  assert.ok(Math.abs(first.decision.price.lostGpuS - (2 * effect.pauseNs) / 1e9) < 1e-12);
});

test('without free ports circuits that carry nothing are broken and both pairs of ends joined anew in one order to the switch', () => {
  const jobs = [
    'job j1 ranks 0,4 compute 80ms phase allReduce 20ms 300Gbps ring', 'job j2 ranks 2,12 compute 80ms phase allReduce 20ms 300Gbps ring',
    'job j3 ranks 6,8 compute 80ms phase allReduce 20ms 300Gbps ring', 'run 2s',
  ];
  const log = played('blocks-16', ...jobs, 'inject ocs0/3A dirty 40dB', 'run 5s');
  const [first] = decisions(log);
  assert.ok(first !== undefined);
  assert.deepEqual(checkOrder(first.entry), []);
  const commands = facts(log).flatMap(({ body }) => (body.kind === 'commandIssued' && body.of === first.entry.n && body.action.kind === 'crossConnect' ? [body.action] : []));
  assert.equal(commands.length, 1);
  assert.equal(commands[0]?.remove.length, 4);
  assert.equal(commands[0]?.create.length, 4);
});

test('a mirror that cannot make the new circuit has the plan taken back, and the job says why it stands', () => {
  const log = played('blocks-12', ...fullBlocks, 'inject ocs0/1A stuck', 'inject ocs0/3A dirty 40dB', 'run 5s');
  const rolledBack = facts(log).find(({ body }) => body.kind === 'rolledBack');
  assert.ok(rolledBack !== undefined);
  assert.ok(facts(log).some(({ n, body }) => n > rolledBack.n && body.kind === 'jobHeld' && body.id === 'j1' && body.refusal !== null));
});

test('a port that dies again within the hold-down leaves the stand-in where it is: the switch is told twice, not more', () => {
  const log = played('blocks-12', ...fullBlocks, 'inject ocs0/3A dirty 40dB', 'run 5s', 'clear ocs0/3A', 'run 30s', 'inject ocs0/3A dirty 40dB', 'run 30s', 'clear ocs0/3A', 'run 5min');
  const orders = facts(log).flatMap(({ body }) => (body.kind === 'commandIssued' && body.action.kind === 'crossConnect' ? [body.action] : []));
  // Made once, given back once.
  assert.deepEqual(orders.map(({ remove, create }) => [remove.length, create.length]), [[0, 2], [2, 0]]);
});
