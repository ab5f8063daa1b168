/**
 * Who holds a set of rail ports when: the bursts of a step in their order, with the switch set to the next dimension as soon as the
 * one before is through, so that gaps between bursts hide the switching (the class of Opus, arXiv 2602.12521).
 */

import type { Burst, JobTimeline } from '../../traffic/timeline/job-timeline.ts';
import { stageBursts } from '../../traffic/timeline/job-timeline.ts';

/** One dimension holds the ports of one stage from `armedNs` (light settled) to `endNs`, and talks first at `startNs`. */
export interface RailWindow {
  readonly stage: number;
  readonly dimension: string;
  readonly armNs: number;
  readonly armedNs: number;
  readonly startNs: number;
  readonly endNs: number;
}

export interface RailSchedule {
  readonly windows: readonly RailWindow[];
  /** Growth of the step, whichever stage holds it up. */
  readonly lateNs: number;
  readonly switches: number;
  /** Switching time that lay under gaps, as a share of all. */
  readonly hiddenShare: number;
}

/** Who had the ports of a stage last, and until when. */
interface Holder { readonly dimension: number; readonly freeNs: number }

interface Question {
  readonly timeline: JobTimeline;
  /** Bursts of each stage in the order of their starts. */
  readonly bursts: readonly (readonly Burst[])[];
  readonly names: readonly string[];
  /** Dimension of a phase, -1 for phases on other ports. */
  readonly dimensionOf: Int32Array;
  readonly switchNs: number;
}

/** One stage while a step runs on its ports. */
interface StageRun {
  holder: Holder | null;
  readonly windows: RailWindow[];
  /** Bursts that have had their turn. */
  done: number;
  /** By how much the slot under way is behind, or the gathers before the first one. */
  delayNs: number;
  /** By how much traffic that follows the last slot is behind. */
  edgeDelayNs: number;
}

interface StepRun { readonly stages: readonly StageRun[]; lateNs: number; waitedNs: number }

/** Lets a burst have the ports of its stage `delayNs` after its time, and tells for how much longer it has to wait. */
function takePorts({ names, dimensionOf, switchNs }: Question, run: StepRun, burst: Burst, delayNs: number): number {
  const stage = run.stages[burst.stage];
  const dimension = dimensionOf[burst.phase] ?? -1;
  if (stage === undefined || dimension < 0) return 0;
  const { holder, windows } = stage;
  const dueNs = burst.startNs + delayNs;
  const armNs = holder?.freeNs ?? dueNs - switchNs;
  const isSwitch = holder !== null && holder.dimension !== dimension;
  const waitNs = isSwitch ? Math.max(0, armNs + switchNs - dueNs) : 0;
  const endNs = burst.endNs + delayNs + waitNs;
  const open = windows[windows.length - 1];
  if (isSwitch || open === undefined) windows.push({ stage: burst.stage, dimension: names[dimension] ?? '', armNs, armedNs: armNs + switchNs, startNs: dueNs + waitNs, endNs });
  else windows[windows.length - 1] = { ...open, endNs: Math.max(open.endNs, endNs) };
  if (isSwitch) run.waitedNs += Math.min(waitNs, switchNs);
  stage.holder = { dimension, freeNs: Math.max(isSwitch ? 0 : holder?.freeNs ?? 0, endNs) };
  return waitNs;
}

/** Traffic before the first slot holds that up; traffic after the last one holds up nothing but the end of the step. */
const isGather = ({ timeline: { step } }: Question, burst: Burst): boolean => burst.slot < 0 && step.phases[burst.phase]?.trafficClass === 'parameterSync';

/** The bursts of a stage that begin before `untilNs` of the undelayed step, those of no later slot. */
function runBursts(question: Question, run: StepRun, at: number, until: { readonly slot: number; readonly ns: number }): void {
  const stage = run.stages[at];
  const own = question.bursts[at] ?? [];
  if (stage === undefined) return;
  for (; stage.done < own.length; stage.done++) {
    const burst = own[stage.done];
    if (burst === undefined || burst.slot > until.slot || (burst.slot < 0 && !isGather(question, burst) && burst.startNs >= until.ns)) return;
    if (burst.slot >= 0 || isGather(question, burst)) {
      stage.delayNs += takePorts(question, run, burst, stage.delayNs);
      continue;
    }
    const delayNs = Math.max(stage.delayNs, stage.edgeDelayNs);
    stage.edgeDelayNs = delayNs + takePorts(question, run, burst, delayNs);
    run.lateNs = Math.max(run.lateNs, stage.edgeDelayNs - burst.slackNs);
  }
}

/**
 * One step, slot by slot in an order in which each comes after all it waits for. What a burst waits for its ports makes its slot longer;
 * the next slot of the stage, and the slot of another stage that needs its result, begin later unless they would have waited anyway.
 */
function runStep(question: Question, before: readonly (Holder | null)[]): StepRun {
  const { timeline: { order, times, pipelineStartNs } } = question;
  const run: StepRun = { stages: before.map((holder): StageRun => ({ holder, windows: [], done: 0, delayNs: 0, edgeDelayNs: 0 })), lateNs: 0, waitedNs: 0 };
  const endNs = new Float64Array(order.slotCount);
  for (let slot = 0; slot < order.slotCount; slot++) {
    const at = order.stage[slot] ?? 0;
    const stage = run.stages[at];
    if (stage === undefined) continue;
    const earlier = order.afterOnStage[slot] ?? -1;
    const data = order.afterData[slot] ?? -1;
    if (earlier < 0) runBursts(question, run, at, { slot: -1, ns: -Infinity });
    const handOverNs = data >= 0 && order.stage[data] !== at ? times.pace.handOverNs : 0;
    const startNs = Math.max(earlier < 0 ? stage.delayNs : endNs[earlier] ?? 0, data < 0 ? 0 : (endNs[data] ?? 0) + handOverNs);
    stage.delayNs = startNs - (times.startNs[slot] ?? 0);
    runBursts(question, run, at, { slot, ns: pipelineStartNs + (times.endNs[slot] ?? 0) });
    endNs[slot] = (times.endNs[slot] ?? 0) + stage.delayNs;
    run.lateNs = Math.max(run.lateNs, (endNs[slot] ?? 0) - times.spanNs);
  }
  for (const at of run.stages.keys()) runBursts(question, run, at, { slot: order.slotCount, ns: Infinity });
  return run;
}

/** Steps that are run until they repeat. */
const stepsMax = 6;

/**
 * One set of ports that several dimensions share in time, all stages. Steps repeat, so each stage starts with the ports as the step
 * before left them: steps are run until one is as late as the one before, and that one counts.
 */
export function scheduleRail(timeline: JobTimeline, sharers: readonly { readonly name: string; readonly phases: readonly number[] }[], switchNs: number): RailSchedule {
  const dimensionOf = new Int32Array(timeline.step.phases.length).fill(-1);
  sharers.forEach(({ phases }, at) => phases.forEach((row) => { dimensionOf[row] = at; }));
  const bursts = Array.from({ length: timeline.order.shape.stages }, (_, stage) => stageBursts(timeline, stage));
  const question = { timeline, bursts, names: sharers.map(({ name }) => name), dimensionOf, switchNs };
  let run = runStep(question, bursts.map(() => null));
  for (let step = 1, beforeNs = Infinity; step < stepsMax && Math.abs(run.lateNs - beforeNs) > 1e-9 * timeline.stepNs; step++) {
    const { stages, lateNs } = run;
    beforeNs = step === 1 ? Infinity : lateNs;
    run = runStep(question, stages.map(({ holder }) => (holder === null ? null : { ...holder, freeNs: holder.freeNs - timeline.stepNs - lateNs })));
  }
  const { stages, lateNs, waitedNs } = run;
  // A step that ends with the dimension it began with switches once less than it has windows.
  const switches = stages.reduce((sum, { windows }) => sum + windows.length - (windows[0]?.dimension === windows[windows.length - 1]?.dimension ? 1 : 0), 0);
  return { windows: stages.flatMap(({ windows }) => windows), lateNs, switches, hiddenShare: switches === 0 ? 1 : 1 - waitedNs / (switches * switchNs) };
}
