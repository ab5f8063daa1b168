/** Telemetry that stops: stale after the policy's time, up again with the next message, no plan made for it, and preferred no more. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceOf, speakerOf } from '../../src/control/commands/stages.ts';
import { forkState } from '../../src/control/create-state.ts';
import { marginDoubt } from '../../src/control/devices/stale.ts';
import { unheardLinks } from '../../src/control/devices/unheard.ts';
import { checkInvariants } from '../../src/control/invariants.ts';
import type { Reading } from '../../src/control/reading.ts';
import { defaultPolicy } from '../../src/plan/policy.ts';
import { syntheticRequest } from '../../src/study/play/synthetic-job.ts';
import { ask, one, play, second } from './play.ts';
import { treePlant } from './plants.ts';

const staleNs = defaultPolicy.health.telemetryStaleNs;

test('a device of which nothing is heard for the policy\'s time is stale once, and up with its next message', () => {
  const plant = treePlant();
  const { state, take, log } = play(plant);
  const { fabric } = plant.cluster;
  const link = fabric.outLink[0] ?? 0;
  const device = deviceOf(plant, fabric.nodeComponent[fabric.linkTarget[link] ?? 0] ?? 0);
  const module = fabric.componentParent[fabric.linkPort[fabric.linkReverse[link] ?? 0] ?? 0] ?? 0;
  const reading = (sequence: number, atNs: number): Reading => ({ kind: 'telemetry', device, sequence, deviceNs: atNs, quantity: 'caseC', components: [module], values: [50] });
  take(0, reading(1, 0));
  assert.deepEqual(take(staleNs - second, { kind: 'tick' }), []);
  assert.equal(marginDoubt(state, [link]), null);
  const facts = take(staleNs, { kind: 'tick' });
  assert.equal(one(facts, 'deviceHeard').link, 'stale');
  assert.deepEqual(facts.filter(({ kind }) => kind === 'decided' || kind === 'planned' || kind === 'healthSet'), []);
  assert.deepEqual(take(staleNs + second, { kind: 'tick' }), [], 'it is said once');
  const doubt = marginDoubt(state, [link]);
  assert.deepEqual([doubt?.code, doubt?.remedy], ['stale-telemetry', 'wait']);
  assert.match(doubt?.reasons[0] ?? '', /has not been heard for/);
  // Its sequence goes on: nothing was lost, and the whole time has to pass again.
  const heard = one(take(staleNs + 2 * second, reading(2, staleNs + 2 * second)), 'deviceHeard');
  assert.deepEqual([heard.link, heard.missed], ['up', 0]);
  assert.equal(marginDoubt(state, [link]), null);
  assert.deepEqual(take(2 * staleNs, { kind: 'tick' }), []);
  assert.equal(one(take(2 * staleNs + 2 * second, { kind: 'tick' }), 'deviceHeard').link, 'stale');
  assert.deepEqual(checkInvariants(state, log), []);
});

test('a device that is silent by word of its watcher is not stale too', () => {
  const { take } = play(treePlant());
  take(0, { kind: 'deviceSeen', device: 'leaf', link: 'silent' });
  assert.deepEqual(take(10 * staleNs, { kind: 'tick' }), []);
});

/** Every leaf and spine of the tree has spoken; time passes without a word of `quiet`. */
function hushed(quiet: readonly string[]): ReturnType<typeof play> {
  const plant = treePlant();
  const made = play(plant);
  const { fabric } = plant.cluster;
  const devices = [...new Set(Array.from({ length: fabric.linkCount }, (_, link) => deviceOf(plant, speakerOf(plant, link))))];
  const say = (sequence: number, atNs: number): void => {
    for (const device of devices) {
      if (sequence > 1 && quiet.some((name) => device.endsWith(name))) continue;
      made.take(atNs, { kind: 'telemetry', device, sequence, deviceNs: atNs, quantity: 'caseC', components: [fabric.findComponent(device)], values: [50] });
    }
  };
  say(1, 0);
  say(2, staleNs - second);
  made.take(staleNs, { kind: 'tick' });
  return made;
}

const spinesOf = ({ plant, leases }: ReturnType<typeof play>['state'], id: string): readonly string[] =>
  (leases.get(id)?.grant?.paths ?? []).flatMap(({ links }) => links.map((link) => plant.cluster.fabric.nodeComponent[plant.cluster.fabric.linkTarget[link] ?? 0] ?? 0))
    .map((component) => deviceOf(plant, component)).filter((name) => /spine\d+$/.test(name)).map((name) => name.slice(name.lastIndexOf('/') + 1));

test('new leases keep off a spine that is not heard while another has room, take it when none has, and say so', () => {
  const { state, take, log } = hushed(['spine0', 'spine1', 'spine2']);
  const from = staleNs + second;
  const granted = (id: string, ends: readonly [number, number]): string => one(take(from, ask(id, 'background', 400, ends)), 'planned').reason;
  // Each of the four spines carries 400 Gb/s from one leaf to the other, so each lease fills one; only spine3 is heard.
  assert.equal(granted('first', [0, 4]), 'Lease first was asked for.');
  assert.deepEqual(spinesOf(state, 'first'), ['spine3']);
  assert.match(granted('second', [1, 5]), /^Lease second was asked for\. It uses light that nobody reads at spine[012], not heard for 3\.\d+ min: no heard way has the room\.$/);
  assert.deepEqual(spinesOf(state, 'second').length, 1);
  assert.deepEqual(checkInvariants(state, log), []);
});

test('when half of all devices say nothing, none is preferred: what collects their words has failed', () => {
  const quiet = ['spine0', 'spine1', 'spine2', 'spine3', 'leaf0', 'leaf1'];
  const { state, take } = hushed(quiet);
  const total = state.devices.size;
  assert.ok(quiet.length < total / 2, `${total} devices`);
  for (const device of [...state.devices.keys()].filter((name) => !quiet.some((one) => name.endsWith(one))).slice(0, Math.ceil(total / 2) - quiet.length)) take(staleNs, { kind: 'deviceSeen', device, link: 'silent' });
  assert.equal(unheardLinks(state), null);
  const { reason } = one(take(staleNs + second, ask('a', 'background', 400, [0, 4])), 'planned');
  assert.match(reason, new RegExp(`${Math.ceil(total / 2)} devices of ${total} say nothing, so that no light was preferred\\.$`));
  // A fork of the state counts anew and finds the same.
  assert.equal(unheardLinks(forkState(state)), null);
});

test('a device that is heard again counts as heard, in the state and in a fork of it', () => {
  const { state, take } = hushed(['spine0']);
  const device = [...state.devices.keys()].find((name) => name.endsWith('spine0')) ?? '';
  const unheardCount = (): number => unheardLinks(state)?.filter((ends) => ends > 0).length ?? 0;
  // Two leaves, one cable to each, two directions.
  assert.equal(unheardCount(), 4);
  assert.deepEqual(unheardLinks(forkState(state)), unheardLinks(state));
  take(staleNs + second, { kind: 'telemetry', device, sequence: 2, deviceNs: staleNs + second, quantity: 'caseC', components: [0], values: [50] });
  assert.equal(unheardCount(), 0);
});

test('a job that migrates goes to accelerators that are heard, and to others where there are no more', () => {
  // Accelerators 0 to 3 hang on one leaf, 4 to 7 on the other, each in a server of its own. Those of servers 2 and 3 say nothing.
  const { state, take, log } = hushed(['nic2', 'nic3']);
  const from = staleNs + second;
  const phase = { trafficClass: 'allReduce', timeNs: 10e6, rateGbps: 100, pairs: [[0, 1], [1, 0]] } as const;
  take(from, { kind: 'jobAsked', job: syntheticRequest({
    id: 'j', tenant: 't', ranks: [0, 1], computeNs: 50e6, phases: [phase], replicas: 1, replicaBlock: 2, replicasMin: 1, steps: 1e6, checkpointNs: 1e9, restartNs: 10e9,
  }) });
  const fail = (node: string, sequence: number): readonly number[] => {
    take(from + sequence * second, { kind: 'alarm', device: `${node}/bmc`, sequence, component: state.plant.cluster.fabric.findComponent(node), alarm: 'partFault', raised: true });
    return state.jobs.get('j')?.ranks ?? [];
  };
  assert.deepEqual(fail('node0', 1), [4, 5]);
  assert.deepEqual(fail('node4', 2), [1, 6]);
  assert.deepEqual(fail('node1', 3), [5, 7]);
  // Beside its own, 6 is the last that is heard.
  assert.deepEqual(fail('node5', 4), [6, 2]);
  assert.deepEqual(checkInvariants(state, log), []);
});
