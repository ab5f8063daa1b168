/**
 * Rails that dimensions share in time, against a simulation of events written for this test: stages work off their slots on a clock that
 * runs through many steps, bursts ask for the ports when their time has come, and the ports turn to another dimension when they are free.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dice } from '../../../src/base/dice.ts';
import { createDice } from '../../../src/base/dice.ts';
import { isRefusal } from '../../../src/base/refusal.ts';
import { scheduleRail } from '../../../src/plan/phases/rail-schedule.ts';
import type { ParallelPlan } from '../../../src/traffic/parallel-plan.ts';
import { softwareStacks } from '../../../src/traffic/parallel-plan.ts';
import type { CommunicationPhase } from '../../../src/traffic/phases.ts';
import type { Burst, JobTimeline, TimedStep } from '../../../src/traffic/timeline/job-timeline.ts';
import { jobTimeline, stageBursts } from '../../../src/traffic/timeline/job-timeline.ts';

const ms = 1e6;

/** Something that is due at a time; a later one of the same time waits its turn. */
interface Event { readonly atNs: number; readonly sequence: number; readonly act: (nowNs: number) => void }

interface Clock { at(atNs: number, act: (nowNs: number) => void): void; run(): void }

function createClock(): Clock {
  const events: Event[] = [];
  let sequence = 0;
  return {
    at: (atNs, act) => void events.push({ atNs, sequence: sequence++, act }),
    run() {
      while (events.length > 0) {
        let first = 0;
        events.forEach((event, at) => {
          const best = events[first];
          if (best !== undefined && (event.atNs < best.atNs - 1e-6 || (event.atNs <= best.atNs + 1e-6 && event.sequence < best.sequence))) first = at;
        });
        const [event] = events.splice(first, 1);
        event?.act(event.atNs);
      }
    },
  };
}

interface Ports { owner: number; freeNs: number; used: boolean }

/** From now, when does a burst get the ports? They turn as soon as they are free, ahead of who comes next. */
function take(ports: Ports, own: { readonly dimension: number; readonly lengthNs: number; readonly switchNs: number }, nowNs: number): number {
  if (own.dimension < 0) return nowNs;
  const fromNs = !ports.used || ports.owner === own.dimension ? nowNs : Math.max(nowNs, ports.freeNs + own.switchNs);
  ports.freeNs = Math.max(ports.used && ports.owner === own.dimension ? ports.freeNs : -Infinity, fromNs + own.lengthNs);
  ports.owner = own.dimension;
  ports.used = true;
  return fromNs;
}

interface Simulation { readonly timeline: JobTimeline; readonly dimensionOf: readonly number[]; readonly switchNs: number; readonly ports: readonly Ports[] }

/** One step that begins at a time; returns by how much it takes longer than without switching. */
function simulateStep({ timeline, dimensionOf, switchNs, ports }: Simulation, beganNs: number): number {
  const { order, times, pipelineStartNs, step } = timeline;
  const clock = createClock();
  const endNs = new Map<number, number>();
  const waiting = new Set<() => void>();
  let lateNs = 0;
  const slotsOf = (stage: number): readonly number[] => [...Array(order.slotCount).keys()].filter((slot) => order.stage[slot] === stage);
  const isGather = (burst: Burst): boolean => burst.slot < 0 && step.phases[burst.phase]?.trafficClass === 'parameterSync';
  const ask = (burst: Burst, nowNs: number): number =>
    take(ports[burst.stage] ?? assert.fail(), { dimension: dimensionOf[burst.phase] ?? -1, lengthNs: burst.endNs - burst.startNs, switchNs }, nowNs) - nowNs;
  /** Bursts one after another, each as late as those before it have waited; then what comes of them. */
  const inTurn = (bursts: readonly Burst[], shiftNs: number, each: (burst: Burst, shiftedNs: number) => void, then: (shiftedNs: number) => void): void => {
    const [burst, ...others] = bursts;
    if (burst === undefined) return then(shiftNs);
    clock.at(burst.startNs + shiftNs, (nowNs) => {
      const shiftedNs = shiftNs + ask(burst, nowNs);
      each(burst, shiftedNs);
      inTurn(others, shiftedNs, each, then);
    });
  };
  const runSlot = (stage: number, slots: readonly number[], startNs: number): void => {
    const [slot = -1, ...later] = slots;
    const own = stageBursts(timeline, stage);
    const plannedNs = pipelineStartNs + (times.startNs[slot] ?? 0);
    inTurn(own.filter((burst) => burst.slot === slot), startNs - plannedNs, () => undefined, (shiftedNs) => clock.at(pipelineStartNs + (times.endNs[slot] ?? 0) + shiftedNs, (nowNs) => {
      endNs.set(slot, nowNs);
      lateNs = Math.max(lateNs, nowNs - beganNs - pipelineStartNs - times.spanNs);
      for (const act of [...waiting]) act();
      if (later.length > 0) return startSlot(stage, later, nowNs);
      inTurn(own.filter((burst) => burst.slot < 0 && !isGather(burst)), shiftedNs, (burst, edgeNs) => { lateNs = Math.max(lateNs, edgeNs - beganNs - burst.slackNs); }, () => undefined);
    }));
  };
  const startSlot = (stage: number, slots: readonly number[], readyNs: number): void => {
    const data = order.afterData[slots[0] ?? -1] ?? -1;
    const handOverNs = data >= 0 && order.stage[data] !== stage ? times.pace.handOverNs : 0;
    const act = (): void => {
      const arrivedNs = data < 0 ? readyNs : endNs.get(data);
      if (arrivedNs === undefined) return void waiting.add(act);
      waiting.delete(act);
      clock.at(Math.max(readyNs, arrivedNs + handOverNs), (nowNs) => runSlot(stage, slots, nowNs));
    };
    act();
  };
  for (const stage of ports.keys()) inTurn(stageBursts(timeline, stage).filter(isGather), beganNs, () => undefined, (shiftedNs) => startSlot(stage, slotsOf(stage), pipelineStartNs + shiftedNs));
  clock.run();
  return lateNs;
}

/** Time from the start of the last of so many steps to the next one. */
function simulate(timeline: JobTimeline, dimensionOf: readonly number[], switchNs: number, steps: number): number {
  const ports = Array.from({ length: timeline.order.shape.stages }, (): Ports => ({ owner: -1, freeNs: 0, used: false }));
  let [beganNs, periodNs] = [0, 0];
  for (let count = 0; count < steps; count++) {
    periodNs = timeline.stepNs + simulateStep({ timeline, dimensionOf, switchNs, ports }, beganNs);
    beganNs += periodNs;
  }
  return periodNs;
}

const plan: ParallelPlan = {
  tensor: 8, sequenceParallel: true, pipeline: 1, schedule: '1f1b', interleave: 1, data: 8, zero: 1, shard: 8, expert: 1, context: 1,
  microbatch: 1, globalBatch: 8, recompute: 'selective', precision: 'bf16', software: softwareStacks.megatronCore,
};
const phase = (name: string, own: Partial<CommunicationPhase>): CommunicationPhase => ({
  name, trafficClass: 'allReduce', op: 'allGather', group: { size: 2, stride: 8 }, groups: 8, bits: 1, crossDomainBits: null, perMicrobatch: 0, perStep: 0, window: 'none', hiddenShare: 0, ...own,
});

/** One to four stages, one to six microbatches; an exchange in each pass, hand-overs, a gather before and gradients after. Nothing hides, so that every burst has its own place. */
function drawStep(dice: Dice): TimedStep {
  const pipeline = 1 + dice.below(4);
  const microbatches = 1 + dice.below(6);
  const [forwardNs, backwardNs] = [(10 + dice.below(40)) * ms, (20 + dice.below(60)) * ms];
  const stageNs = forwardNs + backwardNs;
  const phases = [
    phase('context exchange', { perMicrobatch: 2 }), phase('pipeline', { op: 'pointToPoint', group: { size: pipeline, stride: 64 }, perMicrobatch: 2 }),
    phase('gather', { trafficClass: 'parameterSync', group: { size: 8, stride: 16 }, perStep: 1 }), phase('gradients', { op: 'allReduce', group: { size: 8, stride: 16 }, perStep: 1 }),
  ];
  const durations = [1 + dice.below(10), dice.below(8), dice.below(2) * (1 + dice.below(20)), 5 + dice.below(40)].map((own) => ({ timeNs: own * ms, latencyNs: 0, tier: 'fabric' as const }));
  return {
    plan: { ...plan, pipeline, globalBatch: 8 * microbatches }, phases, durations, contention: 0,
    compute: {
      microbatches, meanStageNs: stageNs * (0.85 + 0.15 * dice.uniform()), busiestStageNs: stageNs, forwardNs, backwardNs, edgeMicrobatches: 1, bubbleMicrobatches: pipeline - 1, otherNs: dice.below(20) * ms,
    },
  };
}

test('steps on shared ports take as long as a simulation of events says, in 160 drawn cases', () => {
  const dice = createDice(611);
  let [late, inTurn] = [0, 0];
  for (let round = 0; round < 160; round++) {
    const timeline = jobTimeline(drawStep(dice));
    assert.ok(!isRefusal(timeline));
    const switchNs = (1 + dice.below(40)) * ms;
    // Exchanges and gradients share; or all three dimensions; or hand-overs and gradients.
    const sharers = [[[0], [2, 3]], [[0], [1], [2, 3]], [[1], [2, 3]]][dice.below(3)] ?? [];
    const dimensionOf = timeline.step.phases.map((_, row) => sharers.findIndex((rows) => rows.includes(row)));
    const schedule = scheduleRail(timeline, sharers.map((phases, at) => ({ name: `d${at}`, phases })), switchNs);
    const expectedNs = simulate(timeline, dimensionOf, switchNs, 8);
    assert.ok(Math.abs(timeline.stepNs + schedule.lateNs - expectedNs) < 1e-6 * expectedNs, `case ${round}: ${(timeline.stepNs + schedule.lateNs) / ms} ms against ${expectedNs / ms} ms`);
    if (schedule.lateNs > 0) late++;
    for (const stage of new Set(schedule.windows.map((window) => window.stage))) {
      const own = schedule.windows.filter((window) => window.stage === stage);
      own.forEach((window, at) => {
        const before = own[at - 1];
        assert.ok(window.armedNs >= window.armNs + switchNs - 1 && window.startNs >= window.armedNs - 1 || at === 0, 'light is settled before it is used');
        if (before !== undefined) {
          assert.ok(before.dimension !== window.dimension && window.armNs >= before.endNs - 1, 'ports turn when they are free');
          inTurn++;
        }
      });
    }
  }
  assert.ok(late >= 60 && inTurn >= 300, `${late} late, ${inTurn} turns`);
});
