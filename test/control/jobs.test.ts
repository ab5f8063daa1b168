/** Jobs by hand on the tree plant: light for every demand or none, standstill with a reason, and what ends with a job. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkInvariants } from '../../src/control/invariants.ts';
import { freeGbps } from '../../src/control/light.ts';
import { digestOf } from '../../src/control/state-digest.ts';
import type { JobDemand } from '../../src/control/job.ts';
import type { TrafficClassName } from '../../src/traffic/classes.ts';
import { ask, hour, job, one, play, second } from './play.ts';
import { treePlant } from './plants.ts';

const demand = (trafficClass: TrafficClassName, fromRank: number, toRank: number, rateGbps: number): JobDemand => ({ trafficClass, fromRank, toRank, rateGbps });
const pair = [demand('allReduce', 0, 1, 200), demand('allReduce', 1, 0, 200)];

test('a job gets one lease per demand, which lives as long as the job', () => {
  const { state, take, log } = play(treePlant());
  const facts = take(0, { kind: 'jobAsked', job: job('train', [0, 1], pair) });
  assert.deepEqual(facts.map(({ kind }) => kind), ['jobAdmitted', 'leaseAccepted', 'leaseAccepted', 'planned']);
  assert.deepEqual([...state.leases.keys()], ['train/allReduce/0', 'train/allReduce/1']);
  // Well past the expiry of an unrenewed lease.
  take(5 * hour, { kind: 'tick' });
  assert.equal(state.leases.size, 2);
  assert.deepEqual(take(6 * hour, { kind: 'jobEnded', id: 'train' }).map(({ kind }) => kind), ['planned', 'leaseEnded', 'leaseEnded', 'jobEnded']);
  assert.deepEqual([state.leases.size, state.jobs.size, freeGbps(state, 0)], [0, 0, 400]);
  assert.deepEqual(checkInvariants(state, log), []);
});

test('a job without light for one demand is refused whole', () => {
  const { state, take } = play(treePlant());
  take(0, ask('users', 'inferenceFanout', 300, [1, 0]));
  const before = digestOf(state);
  const { refusal } = one(take(0, { kind: 'jobAsked', job: job('train', [0, 1], pair) }), 'jobRefused');
  assert.deepEqual([refusal.code, refusal.remedy], ['no-room-in-window', 'wait']);
  assert.equal(refusal.reasons[0], 'Job train is not admitted, because one of its 2 demands gets no light.');
  assert.deepEqual([state.jobs.size, state.leases.size], [0, 1]);
  assert.notEqual(digestOf(state), before, 'the numbers of the entries are in the digest');
});

test('a job whose class yields stands with a reason and goes on when light is free', () => {
  const { state, take, log } = play(treePlant());
  const copies = job('copies', [0, 1], [demand('background', 0, 1, 400)]);
  const phases = copies.profile.phases.map((phase) => ({ ...phase, trafficClass: 'background' as const }));
  take(0, { kind: 'jobAsked', job: { ...copies, profile: { ...copies.profile, phases } } });
  const stopped = one(take(second, ask('all', 'allReduce', 400, [0, 1])), 'jobHeld');
  assert.deepEqual([stopped.id, stopped.refusal?.code, stopped.refusal?.remedy], ['copies', 'no-light', 'wait']);
  assert.deepEqual(checkInvariants(state, log), []);
  assert.equal(one(take(2 * second, { kind: 'leaseReleased', id: 'all' }), 'jobHeld').refusal, null);
});

test('reports move a job on; unknown jobs and steps that go back are set aside', () => {
  const { state, take } = play(treePlant());
  take(0, { kind: 'jobAsked', job: job('train', [0, 1], pair) });
  one(take(second, { kind: 'jobReported', id: 'train', steps: 5, stepNs: 14e6 }), 'jobProgressed');
  assert.deepEqual([state.jobs.get('train')?.steps, state.jobs.get('train')?.stepNs], [5, 14e6]);
  const code = (facts: ReturnType<typeof take>): string => one(facts, 'setAside').refusal.code;
  assert.equal(code(take(second, { kind: 'jobReported', id: 'train', steps: 4, stepNs: 14e6 })), 'stale-report');
  assert.equal(code(take(second, { kind: 'jobReported', id: 'train', steps: NaN, stepNs: 14e6 })), 'impossible-report');
  assert.equal(code(take(second, { kind: 'jobReported', id: 'ghost', steps: 1, stepNs: 1 })), 'unknown-job');
  assert.equal(code(take(second, { kind: 'jobEnded', id: 'ghost' })), 'unknown-job');
});

test('jobs that cannot be are refused, each with its code', () => {
  const { take } = play(treePlant());
  take(0, { kind: 'jobAsked', job: job('train', [0, 1], pair) });
  const cases: readonly (readonly [string, ReturnType<typeof job>])[] = [
    ['duplicate-job', job('train', [2, 3], [])],
    ['nameless-job', job('', [2, 3], [])],
    ['rank-in-use', job('other', [1, 2], [])],
    ['unknown-rank', job('other', [2, 99], [])],
    ['impossible-ranks', job('other', [2, 2], [])],
    ['impossible-replicas', job('other', [2, 3], [], { replicas: 3 })],
    ['impossible-length', job('other', [2, 3], [], { steps: 0 })],
    ['impossible-profile', job('other', [2, 3], [], { profile: { ...job('x', [2, 3], []).profile, durations: [] } })],
    ['foreign-demand', job('other', [2, 3], [demand('allReduce', 2, 4, 1)])],
    ['impossible-amount', job('other', [2, 3], [demand('allReduce', 2, 3, 0)])],
  ];
  for (const [code, asked] of cases) assert.equal(one(take(0, { kind: 'jobAsked', job: asked }), 'jobRefused').refusal.code, code);
});
