/** One training step on a real fabric: every collective streamed by the flow engine, joined with compute as the closed form does. */

import type { Refusal } from '../base/refusal.ts';
import { isRefusal } from '../base/refusal.ts';
import type { CompiledCluster } from '../fabric/compiled.ts';
import type { LinkTier } from '../fabric/fabric.ts';
import { linkTiers } from '../fabric/fabric.ts';
import { shortNodeName } from '../fabric/refused-cables.ts';
import type { Accelerator } from '../traffic/accelerators.ts';
import { defaultCalibration } from '../traffic/calibration.ts';
import type { PhaseDuration } from '../traffic/combine-step.ts';
import { combineStep } from '../traffic/combine-step.ts';
import { memoryUse, refuseMemory } from '../traffic/memory.ts';
import type { ModelSpec } from '../traffic/model.ts';
import type { NetworkView } from '../traffic/network-view.ts';
import type { ParallelPlan } from '../traffic/parallel-plan.ts';
import { phaseFlows } from '../traffic/phase-flows.ts';
import type { CommunicationPhase } from '../traffic/phases.ts';
import { communicationPhases } from '../traffic/phases.ts';
import type { StepPrediction } from '../traffic/step-time.ts';
import { computeParts, describeStep, phaseDurations } from '../traffic/step-time.ts';
import type { StepBreakdown, TierUse } from './compare-result.ts';
import { networkView } from './fabric-view.ts';
import { phaseBound } from './phase-bound.ts';
import type { BusiestLink, RouteOptions } from './phase-run.ts';
import { runPhaseSlices } from './phase-run.ts';
import type { RunRecorder } from './run-recorder.ts';

export interface TrainingJob {
  readonly model: ModelSpec;
  readonly plan: ParallelPlan;
  readonly accelerator: Accelerator;
}

/** Engine over closed form from which the difference is worth a sentence. */
export const slowedFrom = 1.1;

/** One collective of the step: what it is, how often it runs and how long one execution takes. */
export interface PhaseTiming {
  readonly name: string;
  readonly trafficClass: string;
  readonly op: string;
  /** The highest tier of links that its flows cross: `access` when they stay on their leaves, `fabric` when they pass a spine. */
  readonly tier: LinkTier;
  readonly groups: number;
  readonly ranksPerGroup: number;
  /** Payload of one execution, as its operation defines the size. */
  readonly bits: number;
  readonly executionsPerStep: number;
  /** Start and steps of the algorithm, in closed form. */
  readonly latencyNs: number;
  /** Streaming over the fabric, from the flow engine. */
  readonly streamingNs: number;
  /** The same execution in closed form, latency and streaming. */
  readonly closedFormNs: number;
  /** Engine over closed form: above 1 where flows share links that the closed form believes free. */
  readonly slowedBy: number;
  /** The link that one execution keeps busy longest, and how many of its flows share it; `null` without flows. */
  readonly busiestLink: { readonly name: string; readonly tier: LinkTier; readonly flows: number; readonly busyNs: number } | null;
  /** No algorithm streams it faster over this fabric; see `fabricBound`. */
  readonly optimalNs: number;
  /** Of all executions, what compute does not hide. */
  readonly exposedS: number;
}

export interface TrainingRun {
  readonly prediction: StepPrediction;
  /** Exposed communication of the prediction under the tier that its flows really cross. */
  readonly exposed: StepBreakdown['exposed'];
  readonly phases: readonly PhaseTiming[];
  /** What `combineStep` was given, in the order of `phases`. */
  readonly durations: readonly PhaseDuration[];
  readonly network: NetworkView;
  readonly tiers: readonly TierUse[];
  readonly flows: { readonly flows: number; readonly solves: number };
}

/** Mean and peak share of capacity that a step's bits take, per tier that has links with light. */
function tierUse(cluster: CompiledCluster, linkBits: Float64Array, stepNs: number): readonly TierUse[] {
  const { fabric } = cluster;
  return linkTiers.flatMap((tier, tierRow): readonly TierUse[] => {
    let links = 0;
    let sum = 0;
    let peakUtilisation = 0;
    for (let link = 0; link < fabric.linkCount; link++) {
      const rateGbps = fabric.linkRateGbps[link] ?? 0;
      if (fabric.linkTier[link] !== tierRow || rateGbps <= 0) continue;
      const utilisation = (linkBits[link] ?? 0) / rateGbps / stepNs;
      links++;
      sum += utilisation;
      peakUtilisation = Math.max(peakUtilisation, utilisation);
    }
    return links === 0 ? [] : [{ tier, meanUtilisation: sum / links, peakUtilisation }];
  });
}

function nameLink({ fabric }: CompiledCluster, busiest: BusiestLink | null): PhaseTiming['busiestLink'] {
  if (busiest === null) return null;
  const { link, flows, busyNs } = busiest;
  const name = `${shortNodeName(fabric, fabric.linkSource[link] ?? 0)} to ${shortNodeName(fabric, fabric.linkTarget[link] ?? 0)}`;
  return { name, tier: linkTiers[fabric.linkTier[link] ?? 0] ?? 'fabric', flows, busyNs };
}

export interface TrainingRunOptions extends RouteOptions {
  /** The network as the closed form should see it; read from the cluster when absent. A run with faults keeps that of the sound cluster. */
  readonly network?: NetworkView;
  /** Takes the rows of the run. */
  readonly recorder?: RunRecorder;
  /** Asked between slices of work; true ends the run there. */
  readonly shouldStop?: () => boolean;
}

/** How far a run has come. Phases are laid end to end, each executed once. */
export interface TrainingProgress {
  readonly phase: string;
  readonly phasesDone: number;
  readonly phases: number;
  readonly simulatedNs: number;
}

/** A run that was stopped before its end: what was timed until then. */
export interface TrainingStopped {
  readonly stopped: true;
  readonly phase: string;
  readonly simulatedNs: number;
}

export const isStopped = (run: object): run is TrainingStopped => 'stopped' in run;

interface TimedPhases {
  readonly timings: PhaseTiming[];
  readonly durations: PhaseDuration[];
  readonly linkBits: Float64Array;
  readonly flows: number;
  readonly solves: number;
}

interface Phases {
  readonly phases: readonly CommunicationPhase[];
  readonly closedForm: readonly PhaseDuration[];
  readonly network: NetworkView;
  readonly microbatches: number;
}

/** Every phase once on the engine, in order. */
function* timePhases(cluster: CompiledCluster, { phases, closedForm, network, microbatches }: Phases, options: TrainingRunOptions): Generator<TrainingProgress, TimedPhases | TrainingStopped | Refusal, void> {
  const constants = defaultCalibration.network;
  const linkBits = new Float64Array(cluster.fabric.linkCount);
  const timings: PhaseTiming[] = [];
  const durations: PhaseDuration[] = [];
  let flows = 0;
  let solves = 0;
  let simulatedNs = 0;
  for (const [row, phase] of phases.entries()) {
    const { latencyNs, tier } = closedForm[row] ?? { latencyNs: 0, tier: 'scaleUp' as const };
    const startNs = simulatedNs;
    const progress = (nowNs: number): TrainingProgress => ({ phase: phase.name, phasesDone: row, phases: phases.length, simulatedNs: startNs + nowNs });
    yield progress(0);
    const rankFlows = phaseFlows(phase, { network, constants });
    const recording = options.recorder?.phase({ name: phase.name, trafficClass: phase.trafficClass, startNs, flows: rankFlows });
    const slices = runPhaseSlices(cluster, rankFlows, { ...options, ...recording });
    let slice = slices.next();
    for (; slice.done !== true; slice = slices.next()) yield progress(slice.value.nowNs);
    const run = slice.value;
    if (isRefusal(run)) return run;
    simulatedNs += run.streamingNs;
    if (!run.ended || options.shouldStop?.() === true) return { stopped: true, phase: phase.name, simulatedNs };
    durations.push({ timeNs: latencyNs + run.streamingNs, latencyNs, tier });
    flows += run.flows;
    solves += run.solves;
    const executions = phase.perMicrobatch * microbatches + phase.perStep;
    const closedFormNs = closedForm[row]?.timeNs ?? 0;
    timings.push({
      name: phase.name, trafficClass: phase.trafficClass, op: phase.op, tier: run.tier, groups: phase.groups, ranksPerGroup: phase.group.size, bits: phase.bits,
      executionsPerStep: executions, latencyNs, streamingNs: run.streamingNs, closedFormNs,
      slowedBy: closedFormNs > 0 ? (latencyNs + run.streamingNs) / closedFormNs : 1, busiestLink: nameLink(cluster, run.busiestLink),
      optimalNs: phaseBound(cluster, phase, network).boundNs, exposedS: 0,
    });
    for (let link = 0; link < linkBits.length; link++) linkBits[link] = (linkBits[link] ?? 0) + executions * (run.linkBits[link] ?? 0);
  }
  return { timings, durations, linkBits, flows, solves };
}

/** The same as `runTraining`, in slices: the caller decides what happens between them (draw progress, listen for an interrupt). */
export function* runTrainingSlices(cluster: CompiledCluster, job: TrainingJob, options: TrainingRunOptions = {}): Generator<TrainingProgress, TrainingRun | TrainingStopped | Refusal, void> {
  const { model, plan, accelerator } = job;
  const calibration = defaultCalibration;
  const tooLarge = refuseMemory(memoryUse(model, plan, accelerator), plan);
  if (tooLarge !== null) return tooLarge;
  const network = options.network ?? networkView(cluster);
  const compute = computeParts(model, plan, accelerator, { scaleUpSize: network.scaleUp.size });
  const phases = communicationPhases(model, plan, network, calibration);
  const closedForm = phaseDurations(phases, network, calibration);
  const timed = yield* timePhases(cluster, { phases, closedForm, network, microbatches: compute.microbatches }, options);
  if (isRefusal(timed) || isStopped(timed)) return timed;
  const times = combineStep(compute, phases, timed.durations, { contention: calibration.network.contention });
  const prediction = describeStep(model, plan, accelerator, times);
  const phaseTimings = timed.timings.map((timing, row) => ({ ...timing, exposedS: times.exposed[row]?.seconds ?? 0 }));
  const exposed = times.exposed.map((one, row) => ({ ...one, tier: timed.timings[row]?.tier ?? one.tier }));
  return { prediction, exposed, phases: phaseTimings, durations: timed.durations, network, tiers: tierUse(cluster, timed.linkBits, prediction.stepS * 1e9), flows: { flows: timed.flows, solves: timed.solves } };
}

/**
 * Times every phase of a legal plan on the fabric and predicts the step. Refused when the job does not fit into memory, or two
 * accelerators that must talk have no route with light. Phases run one at a time, each alone on the network; overlap with compute follows `combineStep`.
 */
export function runTraining(cluster: CompiledCluster, job: TrainingJob, options: Omit<TrainingRunOptions, 'shouldStop'> = {}): TrainingRun | Refusal {
  const slices = runTrainingSlices(cluster, job, options);
  for (;;) {
    const slice = slices.next();
    if (slice.done !== true) continue;
    if (!isRefusal(slice.value) && isStopped(slice.value)) throw new Error('a run that nobody stops ends');
    return slice.value;
  }
}
