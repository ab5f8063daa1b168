/** Jobs that take turns, by hand on a small leaf-spine: what is held back for them, when turns end, and that none of it is forgotten by a fold. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forkState } from '../../src/control/create-state.ts';
import type { Fact } from '../../src/control/fact.ts';
import { checkInvariants } from '../../src/control/invariants.ts';
import type { JobRequest } from '../../src/control/job.ts';
import { classShares } from '../../src/control/jobs/class-shares.ts';
import { stepWindows } from '../../src/control/jobs/phase-windows.ts';
import { Ledger } from '../../src/control/ladder/ledger.ts';
import { viewWith } from '../../src/control/ladder/view.ts';
import { foldLog } from '../../src/control/run.ts';
import { digestOf } from '../../src/control/state-digest.ts';
import { maxOver } from '../../src/plan/admission/step-table.ts';
import { createSimPlant } from '../../src/study/simtest/clusters.ts';
import { ask, hour, job, one, play, second } from './play.ts';

const plant = createSimPlant('leaf-spine');
const { fabric } = plant.cluster;

/** Computes for 10 ms, then exchanges 200 Gb/s for 4 ms: a class whose leases share wavelengths. */
function pair(id: string, from: number, to: number): JobRequest {
  const made = job(id, [from, to], [{ trafficClass: 'allToAll', fromRank: from, toRank: to, rateGbps: 200 }]);
  return { ...made, profile: { ...made.profile, phases: made.profile.phases.map((phase) => ({ ...phase, trafficClass: 'allToAll' as const })) } };
}

/**
 * Jobs one and two send from leaf 0 to leaf 1 over the same uplink of 400 Gb/s; the other uplink is full. At 1 s one of the four lines
 * of theirs fails: 300 Gb/s carry one of them at a time.
 */
function played() {
  const own = play(plant);
  own.take(0, { kind: 'jobAsked', job: pair('one', 0, 4) });
  own.take(0, ask('fill', 'inferenceFanout', 400, [1, 5]));
  own.take(0, { kind: 'jobAsked', job: pair('two', 2, 6) });
  const wayOf = (id: string): readonly number[] => own.state.leases.get(id)?.grant?.paths[0]?.links ?? [];
  const both = wayOf('one/allToAll/0').filter((link) => wayOf('two/allToAll/0').includes(link));
  const [uplink = -1, downlink = -1] = both;
  assert.deepEqual([both.length, fabric.linkTarget[uplink]], [2, fabric.linkSource[downlink]], 'they share the way up to a spine and down from it');
  const laser = fabric.wavelengthLaser[fabric.linkWavelength[uplink] ?? 0] ?? -1;
  const alarm = (atNs: number, component: number): readonly Fact[] => own.take(atNs, { kind: 'alarm', device: 'leaf0', sequence: Math.round(atNs / 1e6), component, alarm: 'laserFault', raised: true });
  return { ...own, uplink, downlink, alarm, facts: alarm(second, laser) };
}

test('the windows of a step are those of its profile: compute first, then what shows', () => {
  const { profile } = pair('one', 0, 4);
  assert.deepEqual(stepWindows(profile, {}), { stepNs: 14e6, windows: [{ trafficClass: 'allToAll', startNs: 10e6, durationNs: 4e6 }] });
  // At half the light the same bits take twice as long.
  const slow = stepWindows(profile, { allToAll: 0.5 });
  assert.deepEqual([slow?.stepNs, slow?.windows[0]?.startNs, slow?.windows[0]?.durationNs].map((ns) => Math.round(ns ?? 0)), [18e6, 10e6, 8e6]);
});

test('two jobs whose light carries one at a time take turns: a step each, once, and no slower after', () => {
  const { facts, state, log, uplink } = played();
  const { decision } = one(facts, 'decided');
  assert.equal(decision.rung, 'shift');
  // Two accelerators of each job wait 14 ms at most: 2 x 2 x 0.014 GPU s.
  assert.ok(Math.abs(decision.price.lostGpuS - 0.056) < 1e-9);
  const { interleaving } = one(facts, 'interleaved');
  assert.deepEqual(interleaving.jobs.map(({ job: id, stepNs, burstGbps }) => [id, stepNs, Object.values(burstGbps)]), [['one', 14e6, [200]], ['two', 14e6, [200]]]);
  // Grants still fit into what is left, floors of half kept, and both jobs count on all of their light.
  assert.deepEqual(['one', 'two'].map((id) => state.leases.get(`${id}/allToAll/0`)?.grant?.rateGbps), [150, 150]);
  assert.equal(state.links.sharedGbps[uplink], 300);
  for (const id of ['one', 'two']) assert.deepEqual(classShares(state, state.jobs.get(id) ?? assert.fail()), { allToAll: 1 });
  assert.deepEqual(checkInvariants(state, log), []);
});

test('what jobs in turns send beyond their grants is nobody else\'s, neither now nor in the calendars', () => {
  const { state, take, downlink } = played();
  // The way down carries both at once: 400 Gb/s less their grants of 300 is held back.
  assert.equal(state.heldBackGbps.get(downlink), 100);
  assert.equal(new Ledger(state, viewWith(state, [])).freeGbps(downlink), 0);
  assert.equal(maxOver(state.book.load, downlink, second, hour), 400e6);
  one(take(2 * second, { kind: 'leaseReleased', id: 'fill' }), 'leaseEnded');
  // Light enough for both is free elsewhere now: the jobs move or grow, the turns end, and nothing stays held back.
  take(3 * second, { kind: 'tick' });
  assert.deepEqual([state.interleavings.size, state.heldBackGbps.size], [0, 0]);
  assert.deepEqual(['one', 'two'].map((id) => state.leases.get(`${id}/allToAll/0`)?.grant?.rateGbps), [200, 200]);
});

test('turns end when a partner ends, when a job slips twice, and when more light is lost', () => {
  const ended = played();
  const { of } = one(ended.take(2 * second, { kind: 'jobEnded', id: 'two' }), 'interleavingEnded');
  assert.equal(ended.log.find(({ n }) => n === of)?.kind, 'fact');
  assert.equal(ended.state.jobs.get('one')?.interleaving, null);

  const slips = played();
  const report = (atNs: number, stepNs: number): readonly Fact[] => slips.take(atNs, { kind: 'jobReported', id: 'one', steps: 10, stepNs });
  assert.deepEqual(report(2 * second, 15e6).map(({ kind }) => kind), ['jobProgressed'], 'one long step is no drift');
  assert.deepEqual(report(3 * second, 14.1e6).map(({ kind }) => kind), ['jobProgressed'], '0.7 % is inside the guard');
  assert.deepEqual(report(4 * second, 15e6).map(({ kind }) => kind), ['jobProgressed']);
  assert.match(one(report(5 * second, 15e6), 'interleavingEnded').reason, /has slipped out of turn/);

  const darker = played();
  for (const place of [1, 2]) darker.alarm((1 + place) * second, fabric.wavelengthLaser[(fabric.linkWavelength[darker.uplink] ?? 0) + place] ?? -1);
  // 100 Gb/s carry neither: there is nothing to take turns with.
  assert.equal(darker.state.interleavings.size, 0);
  assert.equal(darker.state.heldBackGbps.size, 0);
  assert.deepEqual(checkInvariants(darker.state, darker.log), []);
});

test('a fold knows the turns of the live state, and a fork shares none of them', () => {
  const { state, log, header, take } = played();
  const folded = foldLog(plant, header, log);
  assert.deepEqual([folded.issue, digestOf(folded.state)], [null, digestOf(state)]);
  const fork = forkState(state);
  const before = digestOf(fork);
  take(2 * second, { kind: 'jobEnded', id: 'two' });
  assert.deepEqual([fork.interleavings.size, digestOf(fork)], [1, before]);
  const again = foldLog(plant, header, log);
  assert.equal(digestOf(again.state), digestOf(state));
});

test('a job that no step paces takes no turns, and says so', () => {
  const own = play(plant);
  const served = pair('one', 0, 4);
  const profile = { ...served.profile, phases: served.profile.phases.map((phase) => ({ ...phase, trafficClass: 'inferenceFanout' as const })) };
  assert.equal(stepWindows(profile, {}), null);
  assert.equal(own.state.interleavings.size, 0);
});
