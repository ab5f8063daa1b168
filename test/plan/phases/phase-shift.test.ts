/** Shifts interleave bursts where light is shared, agree across links, and never cost more than staying. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createDice } from '../../../src/base/dice.ts';
import { isRefusal } from '../../../src/base/refusal.ts';
import { findAccelerator } from '../../../src/traffic/accelerators.ts';
import { defaultCalibration } from '../../../src/traffic/calibration.ts';
import { gpt3x175b } from '../../../src/traffic/model-presets.ts';
import type { ParallelPlan } from '../../../src/traffic/parallel-plan.ts';
import { softwareStacks } from '../../../src/traffic/parallel-plan.ts';
import { communicationPhases } from '../../../src/traffic/phases.ts';
import { computeParts, phaseDurations } from '../../../src/traffic/step-time.ts';
import { jobTimeline } from '../../../src/traffic/timeline/job-timeline.ts';
import { trafficClasses } from '../../../src/traffic/classes.ts';
import type { TrafficClassName } from '../../../src/traffic/classes.ts';
import { contentionModel, evaluateContention } from '../../../src/plan/phases/contention.ts';
import type { PhasedJob, SharedLink } from '../../../src/plan/phases/phase-circle.ts';
import { commonCircle } from '../../../src/plan/phases/phase-circle.ts';
import { shiftPhases } from '../../../src/plan/phases/phase-shift.ts';
import { phasedJob } from '../../../src/plan/phases/step-profile.ts';

const ms = 1e6;

interface JobOptions extends Partial<PhasedJob> {
  readonly periodMs?: number;
  readonly onMs?: number;
  readonly startMs?: number;
  readonly trafficClass?: TrafficClassName;
  readonly rateGbps?: number;
}

const job = (id: string, options: JobOptions = {}): PhasedJob => ({
  id, accelerators: 8, periodNs: (options.periodMs ?? 100) * ms, originNs: 0, jitterNs: 0, movable: true,
  bursts: [{ trafficClass: options.trafficClass ?? 'allReduce', startNs: (options.startMs ?? 0) * ms, durationNs: (options.onMs ?? 40) * ms, rateGbps: options.rateGbps ?? 400, slackNs: 0 }],
  ...options,
});
const link = (name: string, ...users: readonly number[]): SharedLink => ({ name, capacityGbps: 400, users: users.map((row) => ({ job: row, scale: 1 })) });

test('two jobs that burst together for 40 of 100 ms interleave, and each wins 40 ms of a 140 ms step', () => {
  // Both ask for the whole link at once: twice the capacity, so each is 40 ms late; any shift from 40 to 60 ms removes all of it.
  const plan = shiftPhases({ jobs: [job('a'), job('b')], links: [link('trunk', 0, 1)] });
  assert.deepEqual(plan.shifts.map((shift) => Math.round(shift.stepBeforeNs / ms * 1e6) / 1e6), [140, 140]);
  assert.deepEqual(plan.shifts.map((shift) => Math.round(shift.stepAfterNs / ms * 1e6) / 1e6), [100, 100]);
  assert.equal(plan.shifts[0]?.shiftNs, 0);
  const shiftMs = (plan.shifts[1]?.shiftNs ?? 0) / ms;
  assert.ok(shiftMs >= 40 && shiftMs <= 60, `${shiftMs}`);
  assert.ok(plan.groups[0]?.exact);
  assert.match(plan.reasons.join(' '), /b starts 4.* ms later: its step goes from 140 ms to 100 ms/);
});

test('a lower class alone is late when both ask for the link, and a job with slack is late only beyond it', () => {
  // The checkpoint waits for all of the 40 ms of the all-reduce; with 30 ms of slack 10 ms remain.
  const jobs = [job('train'), { ...job('save', { trafficClass: 'checkpoint' }), bursts: [{ trafficClass: 'checkpoint' as const, startNs: 0, durationNs: 40 * ms, rateGbps: 400, slackNs: 30 * ms }] }];
  const model = contentionModel({ jobs, links: [link('trunk', 0, 1)], lengthNs: 100 * ms, repeats: [1, 1], slots: 50, classes: trafficClasses });
  const outcome = evaluateContention(model, new Int32Array(2));
  assert.deepEqual([...outcome.delayNs].map((ns) => Math.round(ns / ms * 1e6) / 1e6), [0, 10]);
  // 8 accelerators lose 10 of every 100 ms; 400 Gb/s are too many for 40 of 100 ms.
  assert.ok(Math.abs(outcome.idleAccelerators - 0.8) < 1e-9);
  assert.ok(Math.abs(outcome.excessGbps - 160) < 1e-9);
});

test('periods of 60 and 90 ms share a circle of 180 ms', () => {
  const circle = commonCircle([60, 90]);
  assert.deepEqual(circle, { lengthNs: 180, repeats: [3, 2], holdNs: [0, 0] });
});

test('a job of 99.8 ms waits 0.2 ms to stay on the circle of a 100 ms job, and the price is in its step', () => {
  const plan = shiftPhases({ jobs: [job('a'), job('b', { periodMs: 99.8 })], links: [link('trunk', 0, 1)] });
  assert.ok(Math.abs((plan.shifts[1]?.holdNs ?? 0) - 0.2 * ms) < 1);
  assert.ok(Math.abs((plan.shifts[1]?.stepAfterNs ?? 0) - 100 * ms) < 1);
  // Unheld, the jobs drift past each other: overlap averages 40 x 40 / 100 = 16 ms.
  assert.ok(Math.abs((plan.shifts[0]?.stepBeforeNs ?? 0) / ms - 116) < 2);
});

test('periods that agree on no circle are named as drifting, and nobody shifts', () => {
  const plan = shiftPhases({ jobs: [job('a'), job('b', { periodMs: 100 * Math.SQRT2 })], links: [link('trunk', 0, 1)] });
  assert.equal(plan.groups[0]?.circleNs, null);
  assert.deepEqual(plan.groups[0]?.drifting, ['a', 'b']);
  assert.ok(plan.shifts.every((shift) => shift.shiftNs === 0 && shift.holdNs === 0));
  assert.match(plan.reasons[0] ?? '', /no shift lasts/);
});

test('one shift per job holds on every link of a cycle', () => {
  // Three jobs, each pair on a link of its own. Bursts of 30 ms fit three times into 100 ms, so all three pairs can be apart.
  const jobs = ['a', 'b', 'c'].map((id) => job(id, { onMs: 30 }));
  const plan = shiftPhases({ jobs, links: [link('ab', 0, 1), link('bc', 1, 2), link('ca', 2, 0)] });
  assert.equal(plan.groups.length, 1);
  assert.ok(plan.shifts.every((shift) => Math.abs(shift.stepAfterNs - 100 * ms) < 1));
  // Bursts of 40 ms do not: on a cycle of three pairs 120 ms of bursts overlap by at least 20 ms somewhere.
  const tight = shiftPhases({ jobs: ['a', 'b', 'c'].map((id) => job(id)), links: [link('ab', 0, 1), link('bc', 1, 2), link('ca', 2, 0)] });
  const lateMs = tight.shifts.reduce((sum, shift) => sum + shift.stepAfterNs / ms - 100, 0);
  assert.ok(lateMs >= 20 - 1e-6 && lateMs < 60, `${lateMs}`);
});

test('a job that may not be moved stays, and the others move round it', () => {
  const plan = shiftPhases({ jobs: [job('a', { accelerators: 1024 }), job('b', { movable: false })], links: [link('trunk', 0, 1)] });
  assert.equal(plan.shifts[1]?.shiftNs, 0);
  assert.ok((plan.shifts[0]?.shiftNs ?? 0) > 0);
});

test('jitter says when to align again', () => {
  // 60 slots of a 100 ms step are 1.667 ms; a walk with 0.1 ms a step gets as far after (1.667 / 0.1)^2 = 277 steps.
  const plan = shiftPhases({ jobs: [job('a', { jitterNs: 0.1 * ms }), job('b')], links: [link('trunk', 0, 1)] });
  assert.equal(plan.shifts[0]?.realignSteps, 277);
});

const classNames: readonly TrafficClassName[] = ['allReduce', 'allToAll', 'parameterSync', 'checkpoint'];
const anyJobs = fc.array(fc.record({
  periodMs: fc.constantFrom(60, 100, 120, 121, 173), startMs: fc.integer({ min: 0, max: 90 }), onMs: fc.integer({ min: 1, max: 55 }),
  trafficClass: fc.constantFrom(...classNames), rateGbps: fc.integer({ min: 50, max: 400 }), accelerators: fc.integer({ min: 1, max: 64 }), movable: fc.boolean(),
}), { minLength: 2, maxLength: 5 }).map((rows) => rows.map((row, at) => job(`j${at}`, row)));
const anyLinks = (jobs: readonly PhasedJob[]): fc.Arbitrary<readonly SharedLink[]> =>
  fc.array(fc.uniqueArray(fc.integer({ min: 0, max: jobs.length - 1 }), { minLength: 2, maxLength: jobs.length }), { minLength: 1, maxLength: 3 })
    .map((users) => users.map((rows, at) => link(`l${at}`, ...rows)));

test('a shift never idles more accelerators than staying, and moves nobody who may not move', () => {
  fc.assert(fc.property(anyJobs.chain((jobs) => fc.tuple(fc.constant(jobs), anyLinks(jobs))), ([jobs, links]) => {
    const plan = shiftPhases({ jobs, links });
    for (const group of plan.groups) assert.ok(group.idleAfter <= group.idleBefore + 1e-9);
    for (const shift of plan.shifts) {
      const own = jobs.find(({ id }) => id === shift.job);
      assert.ok(shift.shiftNs >= 0 && shift.shiftNs < (own?.periodNs ?? 0) + shift.holdNs + 1);
      if (own?.movable === false) assert.equal(shift.shiftNs + shift.holdNs, 0);
    }
  }), { seed: 6, numRuns: 60 });
});

test('descent finds what trying every phase finds on small groups, within 5 % of what contention costs unshifted', () => {
  // Four jobs of one period on three links: 60^3 rotations are too many for the planner and few enough for a dumb twin on a coarse circle.
  let worst = 0;
  fc.assert(fc.property(fc.array(fc.record({ startMs: fc.integer({ min: 0, max: 11 }), onMs: fc.integer({ min: 1, max: 5 }), accelerators: fc.integer({ min: 1, max: 9 }) }), { minLength: 4, maxLength: 4 }), (rows) => {
    // Starts and lengths are whole twelfths of the period, so some best rotation is, too.
    const jobs = rows.map((row, at) => job(`j${at}`, { periodMs: 12, ...row }));
    const links = [link('l0', 0, 1, 2), link('l1', 2, 3), link('l2', 0, 3)];
    const plan = shiftPhases({ jobs, links });
    assert.equal(plan.groups[0]?.exact, false);
    const model = contentionModel({ jobs, links, lengthNs: 12 * ms, repeats: [1, 1, 1, 1], slots: 12, classes: trafficClasses });
    let least = Infinity;
    for (let at = 0; at < 12 ** 3; at++) least = Math.min(least, evaluateContention(model, Int32Array.of(0, at % 12, Math.floor(at / 12) % 12, Math.floor(at / 144))).idleAccelerators);
    worst = Math.max(worst, ((plan.groups[0]?.idleAfter ?? 0) - least) / Math.max(1e-9, plan.groups[0]?.idleBefore ?? 0));
  }), { seed: 7, numRuns: 25 });
  assert.ok(worst <= 0.05, `${worst}`);
});

test('five jobs that can be kept apart on every link are kept apart in 24 of 25 drawn cases', () => {
  // Bursts and periods are whole sixtieths, and every link carries one burst at a time: whether a free arrangement exists is found by trying shifts in turn.
  let [possible, found] = [0, 0];
  for (let seed = 1; possible < 25; seed++) {
    const dice = createDice(seed);
    const masks = Array.from({ length: 5 }, () => {
      const [first, pause] = [2 + dice.below(9), 3 + dice.below(9)];
      const second = dice.below(2) === 0 ? 0 : 1 + dice.below(6);
      return { bursts: [[0, first], [first + pause, second]] as const, slots: [...Array(60).keys()].filter((slot) => slot < first || (slot >= first + pause && slot < first + pause + second)) };
    });
    const users = Array.from({ length: 2 }, () => [0, 1, 2, 3, 4].filter(() => dice.uniform() < 0.75));
    const isFree = (shifts: readonly number[]): boolean => users.every((rows) => {
      const used = rows.flatMap((row) => (row < shifts.length ? (masks[row]?.slots ?? []).map((slot) => (slot + (shifts[row] ?? 0)) % 60) : []));
      return new Set(used).size === used.length;
    });
    const exists = (shifts: readonly number[]): boolean => shifts.length === 5 || [...Array(60).keys()].some((next) => isFree([...shifts, next]) && exists([...shifts, next]));
    if (users.some((rows) => rows.reduce((sum, row) => sum + (masks[row]?.slots.length ?? 0), 0) > 45) || !exists([0])) continue;
    possible += 1;
    const jobs = masks.map(({ bursts }, row) => job(`j${row}`, {
      periodMs: 60, bursts: bursts.filter(([, length]) => length > 0).map(([start, length]) => ({ trafficClass: 'allReduce', startNs: start * ms, durationNs: length * ms, rateGbps: 400, slackNs: 0 })),
    }));
    const { groups } = shiftPhases({ jobs, links: users.map((rows, at) => link(`l${at}`, ...rows)) });
    if (groups.every(({ idleAfter }) => idleAfter < 1e-6)) found += 1;
  }
  assert.ok(found >= 24, `${found} of ${possible}`);
});

test('a GPT-3 step as bursts keeps every bit that leaves the domain, and two such jobs on one trunk are parted as far as their steps allow', () => {
  const network = { scaleUp: { size: 8, rateGbps: 3600, latencyNs: 500 }, scaleOut: { rateGbps: 400, latencyNs: 2000, podSize: 4096, oversubscription: 1, coreLatencyNs: 4000 } };
  const plan: ParallelPlan = {
    tensor: 8, sequenceParallel: true, pipeline: 1, schedule: '1f1b', interleave: 1, data: 16, zero: 0, shard: 16, expert: 1, context: 1,
    microbatch: 1, globalBatch: 32, recompute: 'full', precision: 'bf16', software: softwareStacks.megatronCore,
  };
  const accelerator = findAccelerator('h100');
  assert.ok(accelerator);
  const phases = communicationPhases(gpt3x175b, plan, network, defaultCalibration);
  const timeline = jobTimeline({
    plan, phases, compute: computeParts(gpt3x175b, plan, accelerator, { scaleUpSize: 8 }), durations: phaseDurations(phases, network, defaultCalibration), contention: defaultCalibration.network.contention,
  });
  assert.ok(!isRefusal(timeline));
  const one = phasedJob(timeline, { id: 'a', accelerators: 128, originNs: 0, jitterNs: 0, movable: true, network, stage: 0 });
  // Gradients alone leave the domain: 16 domains add up a vector, 2 x 15/16 of it per rank in all collectives of a step.
  const gradients = phases.find(({ name }) => name === 'gradients');
  const expected = ((2 * 15) / 16) * (gradients?.bits ?? 0) * (gradients?.perStep ?? 0);
  const sent = one.bursts.reduce((sum, burst) => sum + burst.rateGbps * burst.durationNs, 0);
  assert.ok(Math.abs(sent / expected - 1) < 1e-9, `${sent} of ${expected}`);
  const shared = shiftPhases({ jobs: [one, { ...one, id: 'b' }], links: [{ name: 'trunk', capacityGbps: 400, users: [{ job: 0, scale: 1 }, { job: 1, scale: 1 }] }] });
  // It sends for 45 of 60 parts of its step, so two of them overlap for 45 parts in phase and for 2 x 45 - 60 = 30 at best.
  assert.equal(Math.round((one.bursts[0]?.durationNs ?? 0) / (one.periodNs / 60)), 45);
  assert.ok(Math.abs((shared.groups[0]?.idleAfter ?? 0) / (shared.groups[0]?.idleBefore ?? 1) - 30 / 45) < 1e-9);
});
