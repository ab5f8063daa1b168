/** The expert bottleneck: what uneven expert load costs a training step, in closed form and on the flow engine. */

import { createDice } from '../base/dice.ts';
import type { Refusal } from '../base/refusal.ts';
import { isRefusal, refuse } from '../base/refusal.ts';
import type { CompiledCluster } from '../fabric/compiled.ts';
import { defaultCalibration } from '../traffic/calibration.ts';
import type { PhaseDuration } from '../traffic/combine-step.ts';
import { combineStep } from '../traffic/combine-step.ts';
import type { ExpertShares } from '../traffic/expert-load.ts';
import { driftingShares, loadOfPhase, skewedDuration, skewedFlows } from '../traffic/expert-load.ts';
import type { ModelSpec, MoeSpec } from '../traffic/model.ts';
import type { NetworkView } from '../traffic/network-view.ts';
import type { CommunicationPhase } from '../traffic/phases.ts';
import { communicationPhases } from '../traffic/phases.ts';
import { computeParts, phaseDurations } from '../traffic/step-time.ts';
import { networkView } from './fabric-view.ts';
import { runPhase } from './phase-run.ts';
import type { TrainingJob } from './training-run.ts';

/** Where loads come from: Zipf's law with drift, or a trace with one row of shares per step, used for every layer. */
export type SkewSource =
  | { readonly kind: 'zipf'; readonly exponent: number; readonly drift: number; readonly steps: number; readonly seed: number }
  | { readonly kind: 'trace'; readonly shares: readonly ExpertShares[] };

/** One step under uneven load; factors are 1 when even. */
export interface SkewedStep {
  readonly stepS: number;
  /** Load of the hottest rank and of the hottest scale-up domain over the mean, averaged over layers. */
  readonly rankImbalance: number;
  readonly domainImbalance: number;
  /** All-to-all time over that of even load, averaged over layers. */
  readonly exchangeSlowdown: number;
}

export interface SkewResult {
  readonly evenStepS: number;
  readonly steps: readonly SkewedStep[];
  readonly meanStepS: number;
  readonly worstStepS: number;
  /** The same mean step if only the exchange were skewed, or only the experts' compute: which of the two is the bottleneck. */
  readonly exchangeOnlyStepS: number;
  readonly computeOnlyStepS: number;
  /** Streaming of the first layer's dispatch in the first step, both ways. */
  readonly engine: { readonly closedFormNs: number; readonly streamingNs: number };
  /** Durations of all phases, averaged over steps, and the model whose experts are as busy as the hottest rank. */
  readonly durations: readonly PhaseDuration[];
  readonly busiestModel: ModelSpec;
}

/** Loads of all layers at each step. */
function loadsOf(source: SkewSource, moe: MoeSpec): readonly (readonly ExpertShares[])[] {
  if (source.kind === 'trace') return source.shares.map((shares) => [shares]);
  const dice = createDice(source.seed);
  const layers = Array.from({ length: moe.moeLayers }, (_, layer) => driftingShares({ experts: moe.experts, exponent: source.exponent, drift: source.drift }, dice.fork(`layer ${layer}`)));
  return Array.from({ length: source.steps }, () => layers.map((layer) => layer.next().value));
}

const isExchange = (phase: CommunicationPhase): boolean => phase.op === 'allToAll';
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** A model whose every rank computes as many expert tokens as the hottest one: rows of the expert products grow with top-k. */
const withBusyExperts = (model: ModelSpec, moe: MoeSpec, imbalance: number): ModelSpec => ({ ...model, moe: { ...moe, topK: moe.topK * imbalance } });

/** Exchange durations of one step, averaged over its layers; other phases as they were. */
function stepDurations(layers: readonly ExpertShares[], phases: readonly CommunicationPhase[], even: readonly PhaseDuration[], network: NetworkView): readonly PhaseDuration[] {
  return even.map((duration, at) => {
    const phase = phases[at];
    if (phase === undefined || !isExchange(phase)) return duration;
    const skewed = layers.map((shares) => skewedDuration(phase, loadOfPhase(shares, phase, network), network, defaultCalibration.network));
    return { ...duration, timeNs: duration.latencyNs + mean(skewed.map((one) => one.timeNs - one.latencyNs)) };
  });
}

/** Refused when the job has no exchange of experts, or two accelerators have no route with light. */
export function runSkew(cluster: CompiledCluster, job: TrainingJob, source: SkewSource): SkewResult | Refusal {
  const { model, plan, accelerator } = job;
  const { moe } = model;
  const network = networkView(cluster);
  const calibration = defaultCalibration;
  const { contention } = calibration.network;
  const phases = communicationPhases(model, plan, network, calibration);
  const exchange = phases.find(isExchange);
  if (moe === null || exchange === undefined) return refuse('no-expert-exchange', 'never', 'Expert load can only be uneven where experts are spread over accelerators; this job has no expert parallelism.');
  const even = phaseDurations(phases, network, calibration);
  const compute = computeParts(model, plan, accelerator, { scaleUpSize: network.scaleUp.size });
  const computeUnder = (imbalance: number): typeof compute => computeParts(withBusyExperts(model, moe, imbalance), plan, accelerator, { scaleUpSize: network.scaleUp.size });
  const stepS = (parts: typeof compute, durations: readonly PhaseDuration[]): number => combineStep(parts, phases, durations, { contention }).stepS;
  const loads = loadsOf(source, moe);
  const rows = loads.map((layers) => {
    const placed = layers.map((shares) => loadOfPhase(shares, exchange, network));
    const durations = stepDurations(layers, phases, even, network);
    const rankImbalance = mean(placed.map((load) => load.rankImbalance));
    const time = (list: readonly PhaseDuration[]): number => list.reduce((sum, duration, at) => sum + (phases[at] !== undefined && isExchange(phases[at]) ? duration.timeNs : 0), 0);
    return {
      durations,
      step: { stepS: stepS(computeUnder(rankImbalance), durations), rankImbalance, domainImbalance: mean(placed.map((load) => load.domainImbalance)), exchangeSlowdown: time(durations) / time(even) },
    };
  });
  const imbalance = mean(rows.map((row) => row.step.rankImbalance));
  const durations = even.map((duration, at) => ({ ...duration, timeNs: mean(rows.map((row) => row.durations[at]?.timeNs ?? 0)) }));
  const load = loadOfPhase(loads[0]?.[0] ?? new Float64Array([1]), exchange, network);
  const closed = skewedDuration(exchange, load, network, calibration.network);
  const run = runPhase(cluster, skewedFlows(exchange, load, { network, constants: calibration.network, direction: 'dispatch' }));
  if (isRefusal(run)) return run;
  const steps = rows.map((row) => row.step);
  return {
    evenStepS: stepS(compute, even), steps, meanStepS: mean(steps.map((step) => step.stepS)), worstStepS: Math.max(...steps.map((step) => step.stepS)),
    exchangeOnlyStepS: stepS(compute, durations), computeOnlyStepS: stepS(computeUnder(imbalance), even),
    engine: { closedFormNs: closed.timeNs - closed.latencyNs, streamingNs: run.streamingNs },
    durations, busiestModel: withBusyExperts(model, moe, imbalance),
  };
}
