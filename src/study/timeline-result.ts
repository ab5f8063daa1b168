/** The document that `heliostat phases` prints: sections, phases with their prices, slots of every stage, bursts. */

import { paceGbps } from '../traffic/background-demand.ts';
import type { ClassValue } from '../traffic/class-value.ts';
import type { ParallelPlan } from '../traffic/parallel-plan.ts';
import { describePlan } from '../traffic/parallel-plan.ts';
import { memberRank } from '../traffic/phase-flows.ts';
import type { Burst, JobTimeline, TimelineSection } from '../traffic/timeline/job-timeline.ts';
import { stageBursts } from '../traffic/timeline/job-timeline.ts';
import { slotKinds } from '../traffic/timeline/pipeline-order.ts';
import type { SkewedStep } from './skew.ts';
import type { TimelineRun } from './timeline.ts';

export interface PhaseRow {
  readonly name: string;
  readonly trafficClass: string;
  readonly op: string;
  readonly tier: string;
  /** Who talks to whom: `groups` communicators of `ranks`, neighbours `stride` apart; the first of them by rank. */
  readonly group: { readonly ranks: number; readonly stride: number; readonly groups: number; readonly firstRanks: readonly number[] };
  /** Payload of one execution as its operation counts it, and what one rank sends in a step. */
  readonly bytes: number;
  readonly sentBytesPerRankAndStep: number;
  readonly executionsPerStep: number;
  readonly firstStartS: number;
  readonly lastEndS: number;
  readonly durationMs: number;
  readonly busyS: number;
  readonly exposedS: number;
  readonly slackMinMs: number;
  readonly slackMaxMs: number;
  readonly stepMsPerBandwidthPercent: number;
  readonly stepMsPerLatencyUs: number;
}

/** Columns of one stage's slots, in time order. */
export interface StageSlots {
  readonly stage: number;
  readonly kind: readonly string[];
  readonly microbatch: readonly number[];
  readonly chunk: readonly number[];
  readonly startS: readonly number[];
  readonly endS: readonly number[];
  readonly slackS: readonly number[];
}

export interface BurstRow {
  readonly phase: string;
  readonly trafficClass: string;
  readonly stage: number;
  readonly microbatch: number | null;
  readonly executions: number;
  readonly startS: number;
  readonly endS: number;
  readonly exposedS: number;
  readonly slackS: number;
}

export interface PhasesResult {
  readonly schema: 'heliostat/phases/1';
  readonly cluster: string;
  readonly workload: string;
  readonly plan: string;
  readonly timing: string;
  readonly stepS: number;
  readonly microbatches: number;
  readonly sections: readonly { readonly name: string; readonly startS: number; readonly endS: number }[];
  /** How the published order was fitted to the model's step: pace of the other stages, hand-over between stages. */
  readonly pace: { readonly otherStagesShare: number; readonly handOverMs: number };
  readonly phases: readonly PhaseRow[];
  readonly classes: readonly ClassValue[];
  /** Traffic beside the steps, with period (null for what happens once), deadline and the rate that keeps it. */
  readonly beside: readonly {
    readonly name: string; readonly trafficClass: string; readonly bytes: number; readonly senders: number; readonly periodS: number | null; readonly deadlineS: number; readonly paceGbps: number;
  }[];
  readonly stages: readonly StageSlots[];
  /** Bursts of the stages in `burstStages`: all of them, or the first and the last where there are too many. */
  readonly burstStages: readonly number[];
  readonly bursts: readonly BurstRow[];
  readonly skew: null | {
    readonly evenStepS: number; readonly meanStepS: number; readonly worstStepS: number; readonly exchangeOnlyStepS: number; readonly computeOnlyStepS: number;
    readonly exchangeClosedFormMs: number; readonly exchangeEngineMs: number; readonly steps: readonly SkewedStep[];
  };
}

/** Bursts listed before only the first and the last stage are; and ranks named of a group. */
export const burstsListedMax = 20_000;
const ranksNamedMax = 64;

const seconds = (ns: number): number => ns / 1e9;

function stageSlots({ order, times, pipelineStartNs }: JobTimeline): readonly StageSlots[] {
  return Array.from({ length: order.shape.stages }, (_, stage) => {
    const rows: number[] = [];
    for (let slot = 0; slot < order.slotCount; slot++) if (order.stage[slot] === stage) rows.push(slot);
    return {
      stage, kind: rows.map((slot) => slotKinds[order.kind[slot] ?? 0] ?? 'forward'), microbatch: rows.map((slot) => order.microbatch[slot] ?? 0), chunk: rows.map((slot) => order.chunk[slot] ?? 0),
      startS: rows.map((slot) => seconds(pipelineStartNs + (times.startNs[slot] ?? 0))), endS: rows.map((slot) => seconds(pipelineStartNs + (times.endNs[slot] ?? 0))),
      slackS: rows.map((slot) => seconds(times.slackNs[slot] ?? 0)),
    };
  });
}

function phaseRows({ step, phases }: JobTimeline, tiers: TimelineRun['tiers']): readonly PhaseRow[] {
  return phases.map((summary, at): PhaseRow => {
    const phase = step.phases[at];
    const duration = step.durations[at];
    if (phase === undefined || duration === undefined) throw new RangeError(`no phase ${at}`);
    return {
      name: phase.name, trafficClass: phase.trafficClass, op: phase.op, tier: tiers[at] ?? duration.tier,
      group: {
        ranks: phase.group.size, stride: phase.group.stride, groups: phase.groups,
        firstRanks: Array.from({ length: Math.min(ranksNamedMax, phase.group.size) }, (_, member) => memberRank(phase.group, 0, member)),
      },
      bytes: phase.bits / 8, sentBytesPerRankAndStep: summary.sentBitsPerRank / 8, executionsPerStep: summary.executionsPerStep,
      firstStartS: seconds(summary.firstStartNs), lastEndS: seconds(summary.lastEndNs), durationMs: duration.timeNs / 1e6, busyS: seconds(summary.busyNs), exposedS: seconds(summary.exposedNs),
      slackMinMs: summary.slackMinNs / 1e6, slackMaxMs: summary.slackMaxNs / 1e6,
      stepMsPerBandwidthPercent: summary.value.stepMsPerBandwidthPercent, stepMsPerLatencyUs: summary.value.stepMsPerMicrosecond,
    };
  });
}

const burstRow = ({ step, order }: JobTimeline, burst: Burst): BurstRow => ({
  phase: step.phases[burst.phase]?.name ?? '', trafficClass: step.phases[burst.phase]?.trafficClass ?? '', stage: burst.stage,
  microbatch: burst.slot < 0 ? null : order.microbatch[burst.slot] ?? null, executions: burst.executions,
  startS: seconds(burst.startNs), endS: seconds(burst.endNs), exposedS: seconds(burst.exposedNs), slackS: seconds(burst.slackNs),
});

export function phasesResult(run: TimelineRun, names: { readonly cluster: string; readonly workload: string; readonly timing: string; readonly plan: ParallelPlan }): PhasesResult {
  const { timeline, skew } = run;
  const { stages } = timeline.order.shape;
  const all = Array.from({ length: stages }, (_, stage) => stage);
  const fewStages = timeline.order.slotCount * timeline.phases.length <= burstsListedMax || stages <= 2;
  const burstStages = fewStages ? all : [0, stages - 1];
  return {
    schema: 'heliostat/phases/1', cluster: names.cluster, workload: names.workload, plan: describePlan(names.plan), timing: names.timing,
    stepS: seconds(timeline.stepNs), microbatches: timeline.step.compute.microbatches,
    sections: timeline.sections.map(({ name, startNs, endNs }: TimelineSection) => ({ name, startS: seconds(startNs), endS: seconds(endNs) })),
    pace: { otherStagesShare: timeline.times.pace.otherShare, handOverMs: timeline.times.pace.handOverNs / 1e6 },
    phases: phaseRows(timeline, run.tiers), classes: run.classes,
    beside: run.beside.map((demand) => ({
      name: demand.name, trafficClass: demand.trafficClass, bytes: demand.bits / 8, senders: demand.senders,
      periodS: Number.isFinite(demand.periodS) ? demand.periodS : null, deadlineS: demand.deadlineS, paceGbps: paceGbps(demand),
    })),
    stages: stageSlots(timeline),
    burstStages, bursts: burstStages.flatMap((stage) => stageBursts(timeline, stage).map((burst) => burstRow(timeline, burst))),
    skew: skew === null ? null : {
      evenStepS: skew.evenStepS, meanStepS: skew.meanStepS, worstStepS: skew.worstStepS, exchangeOnlyStepS: skew.exchangeOnlyStepS, computeOnlyStepS: skew.computeOnlyStepS,
      exchangeClosedFormMs: skew.engine.closedFormNs / 1e6, exchangeEngineMs: skew.engine.streamingNs / 1e6, steps: skew.steps,
    },
  };
}
