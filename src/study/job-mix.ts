/**
 * The traffic of many jobs on one fabric: everything that runs at a moment, streamed together for a while by class priority.
 *
 * Collectives that recur with every microbatch are spread evenly over the step; those of a step's edge are bursts at a random
 * moment; traffic with a deadline keeps its pace; what happens once, at the start of a job, comes whole. Storage and the sources of
 * data are spread over all nodes, so such traffic goes to the same rail of a random node (an estimate of how sites are built).
 * Traffic inside scale-up domains is counted, not run.
 */

import type { Dice } from '../base/dice.ts';
import { createDice } from '../base/dice.ts';
import type { Refusal } from '../base/refusal.ts';
import { isRefusal } from '../base/refusal.ts';
import type { CompiledCluster } from '../fabric/compiled.ts';
import { linkTiers } from '../fabric/fabric.ts';
import type { FlowProgram } from '../sim/flow-program.ts';
import { runFlows } from '../sim/run-flows.ts';
import type { Accelerator } from '../traffic/accelerators.ts';
import { defaultCalibration } from '../traffic/calibration.ts';
import type { TrafficClassName } from '../traffic/classes.ts';
import { trafficClasses, trafficClassNames } from '../traffic/classes.ts';
import type { MixJob } from '../traffic/job-mix.ts';
import type { JobTraffic } from '../traffic/job-mix-traffic.ts';
import { jobTraffic } from '../traffic/job-mix-traffic.ts';
import type { NetworkView } from '../traffic/network-view.ts';
import { phaseFlows } from '../traffic/phase-flows.ts';
import { networkView } from './fabric-view.ts';
import type { PlacedJob } from './job-mix-schedule.ts';
import { scheduleMix } from './job-mix-schedule.ts';
import { routeFlows } from './phase-run.ts';

export interface MixRunQuestion {
  readonly jobs: readonly MixJob[];
  readonly accelerator: Accelerator;
  /** Moments looked at, spread evenly over the second half of the arrivals, and how long each is followed. */
  readonly moments: number;
  readonly windowS: number;
  readonly seed: number;
}

export interface ClassTraffic {
  readonly trafficClass: TrafficClassName;
  readonly flows: number;
  readonly bits: number;
  /** Time taken over time alone on an empty fabric, latency left out. */
  readonly slowdownMean: number;
  readonly slowdownP99: number;
  /** Flows that took more than twice as long as alone. */
  readonly heldUpShare: number;
}

export interface MixMoment {
  readonly atS: number;
  readonly jobs: number;
  readonly busyGpus: number;
  readonly flows: number;
  readonly solves: number;
}

export interface MixRun {
  readonly jobsPlaced: number;
  readonly jobsSeen: number;
  readonly meanWaitS: number;
  readonly moments: readonly MixMoment[];
  readonly classes: readonly ClassTraffic[];
  /** Bits inside scale-up domains, all moments. */
  readonly scaleUpBits: number;
  /** Use of accelerators' own links over a window, one sample for each link and moment: median, 95th percentile and highest, 0 to 1. */
  readonly accessUse: { readonly p50: number; readonly p95: number; readonly max: number };
}

/** Flows being gathered; ranks are those of the cluster. */
interface Gathered {
  readonly source: number[];
  readonly target: number[];
  readonly bits: number[];
  readonly startNs: number[];
  readonly capGbps: number[];
  readonly trafficClass: number[];
}

const nsPerS = 1e9;

interface Setting { readonly network: NetworkView; readonly windowS: number; readonly gpus: number; readonly gpusPerNode: number; readonly dice: Dice }

/** Adds a job's collectives that leave its nodes; returns the bits that stay inside. */
function gatherCollectives(into: Gathered, placed: PlacedJob, traffic: JobTraffic, { network, windowS, dice }: Setting): number {
  let insideBits = 0;
  for (const phase of traffic.phases) {
    const perStep = phase.perMicrobatch * traffic.microbatches;
    const flows = phaseFlows(phase, { network, constants: defaultCalibration.network });
    const trafficClass = trafficClassNames.indexOf(phase.trafficClass);
    // Edge bursts that fall into the window: their mean number, the fraction by a toss.
    const bursts = phase.perStep === 0 ? 0 : Math.floor(windowS / traffic.stepS + dice.uniform());
    const burstNs = Array.from({ length: bursts }, () => dice.uniform() * windowS * nsPerS);
    for (let flow = 0; flow < flows.flowCount; flow++) {
      const source = placed.ranks[flows.sourceRank[flow] ?? 0] ?? 0;
      const target = placed.ranks[flows.targetRank[flow] ?? 0] ?? 0;
      const executionBits = flows.flowBits[flow] ?? 0;
      if (Math.floor(source / network.scaleUp.size) === Math.floor(target / network.scaleUp.size)) {
        insideBits += executionBits * ((perStep * windowS) / traffic.stepS + phase.perStep * bursts);
        continue;
      }
      const add = (bits: number, startNs: number, capGbps: number): void => {
        into.source.push(source); into.target.push(target); into.bits.push(bits);
        into.startNs.push(startNs); into.capGbps.push(capGbps); into.trafficClass.push(trafficClass);
      };
      const rateGbps = (executionBits * perStep) / traffic.stepS / nsPerS;
      if (rateGbps > 0) add(rateGbps * windowS * nsPerS, 0, rateGbps);
      for (const startNs of burstNs) add(executionBits * phase.perStep, startNs, Infinity);
    }
  }
  return insideBits;
}

/** Adds what a job sends beside its steps. */
function gatherDemands(into: Gathered, placed: PlacedJob, traffic: JobTraffic, atS: number, { windowS, gpus, gpusPerNode, dice }: Setting): void {
  for (const demand of traffic.demands) {
    const once = demand.periodS === Infinity;
    if (once && atS - placed.startS > demand.deadlineS) continue;
    const senders = Math.min(demand.senders, placed.ranks.length);
    const rateGbps = demand.bits / demand.deadlineS / senders / nsPerS;
    for (let sender = 0; sender < senders; sender++) {
      const source = placed.ranks[Math.floor((sender * placed.ranks.length) / senders)] ?? 0;
      const node = Math.floor(source / gpusPerNode);
      const nodeCount = Math.floor(gpus / gpusPerNode);
      if (nodeCount < 2) continue;
      const inside = demand.trafficClass === 'inferenceFanout' && placed.ranks.length > 1;
      const other = (node + 1 + dice.below(nodeCount - 1)) % nodeCount;
      // Keys and values stay in the job: prefill accelerators are its first half.
      const target = inside ? placed.ranks[sender + Math.floor(placed.ranks.length / 2)] ?? 0 : other * gpusPerNode + (source % gpusPerNode);
      if (Math.floor(target / gpusPerNode) === node) continue;
      into.source.push(source);
      into.target.push(target);
      into.bits.push(once ? demand.bits / senders : rateGbps * windowS * nsPerS);
      into.startNs.push(once ? dice.uniform() * windowS * nsPerS : 0);
      into.capGbps.push(once ? Infinity : rateGbps);
      into.trafficClass.push(trafficClassNames.indexOf(demand.trafficClass));
    }
  }
}

interface MomentRun { readonly moment: MixMoment; readonly slowdown: Float64Array; readonly gathered: Gathered }

function runMoment(cluster: CompiledCluster, jobs: number, atS: number, busyGpus: number, gathered: Gathered, linkUseBits: Float64Array): MomentRun | Refusal {
  const { fabric } = cluster;
  const flowCount = gathered.bits.length;
  const flowBits = Float64Array.from(gathered.bits);
  const routes = routeFlows(cluster, { flowCount, sourceRank: Int32Array.from(gathered.source), targetRank: Int32Array.from(gathered.target), flowBits });
  if (isRefusal(routes)) return routes;
  const flowStartNs = Float64Array.from(gathered.startNs);
  const program: FlowProgram = {
    linkCount: fabric.linkCount, linkRateGbps: fabric.linkRateGbps, linkLatencyNs: new Float64Array(fabric.linkCount), flowCount, flowBits, flowStartNs,
    flowWeight: null, flowCapGbps: Float64Array.from(gathered.capGbps), flowPriority: Int32Array.from(gathered.trafficClass, (row) => trafficClasses[trafficClassNames[row] ?? 'background'].priority),
    ...routes, afterOffset: null, afterFlow: null, eventNs: new Float64Array(0), eventLink: new Int32Array(0), eventRateGbps: new Float64Array(0),
  };
  const outcome = runFlows(program);
  if (isRefusal(outcome)) return outcome;
  const slowdown = new Float64Array(flowCount);
  for (let flow = 0; flow < flowCount; flow++) {
    let aloneGbps = gathered.capGbps[flow] ?? Infinity;
    for (let at = routes.pathOffset[flow] ?? 0; at < (routes.pathOffset[flow + 1] ?? 0); at++) {
      const link = routes.pathLink[at] ?? 0;
      aloneGbps = Math.min(aloneGbps, fabric.linkRateGbps[link] ?? 0);
      linkUseBits[link] = (linkUseBits[link] ?? 0) + (flowBits[flow] ?? 0);
    }
    slowdown[flow] = (outcome.durationNs[flow] ?? 0) / ((flowBits[flow] ?? 0) / aloneGbps);
  }
  return { moment: { atS, jobs, busyGpus, flows: flowCount, solves: outcome.solves }, slowdown, gathered };
}

const quantile = (sorted: Float64Array, share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;

function classTraffic(runs: readonly MomentRun[]): readonly ClassTraffic[] {
  return trafficClassNames.flatMap((trafficClass, row): readonly ClassTraffic[] => {
    const slowdowns: number[] = [];
    let bits = 0;
    for (const { slowdown, gathered } of runs) for (const [flow, own] of gathered.trafficClass.entries()) {
      if (own !== row) continue;
      slowdowns.push(slowdown[flow] ?? 1);
      bits += gathered.bits[flow] ?? 0;
    }
    if (slowdowns.length === 0) return [];
    const sorted = Float64Array.from(slowdowns).sort();
    return [{
      trafficClass, flows: slowdowns.length, bits, slowdownMean: slowdowns.reduce((sum, one) => sum + one, 0) / slowdowns.length, slowdownP99: quantile(sorted, 0.99),
      heldUpShare: slowdowns.filter((one) => one > 2).length / slowdowns.length,
    }];
  });
}

/** Mean use of every access link over one window. */
function accessSamples(cluster: CompiledCluster, linkUseBits: Float64Array, windowS: number): readonly number[] {
  const { fabric } = cluster;
  const samples: number[] = [];
  for (let link = 0; link < fabric.linkCount; link++) {
    const rateGbps = fabric.linkRateGbps[link] ?? 0;
    if (linkTiers[fabric.linkTier[link] ?? 0] === 'access' && rateGbps > 0) samples.push((linkUseBits[link] ?? 0) / (rateGbps * windowS * nsPerS));
  }
  return samples;
}

function spread(samples: readonly number[]): MixRun['accessUse'] {
  const sorted = Float64Array.from(samples).sort();
  return { p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), max: sorted[sorted.length - 1] ?? 0 };
}

/** Places the jobs and runs the moments asked for. Refused when accelerators that must talk have no route with light. */
export function runMix(cluster: CompiledCluster, question: MixRunQuestion): MixRun | Refusal {
  const { gpus, gpusPerNode } = cluster.design;
  const network = networkView(cluster);
  const placed = scheduleMix(question.jobs, { gpus, gpusPerNode });
  const known = new Map<string, JobTraffic | null>();
  const trafficOf = ({ kind, gpus: size }: MixJob): JobTraffic | null => {
    const key = `${kind} ${size}`;
    const traffic = known.get(key) ?? (known.has(key) ? null : jobTraffic(kind, size, question.accelerator, network));
    known.set(key, traffic);
    return traffic;
  };
  const lastS = question.jobs.at(-1)?.arrivalS ?? 0;
  const dice = createDice(question.seed);
  const samples: number[] = [];
  const seen = new Set<number>();
  const runs: MomentRun[] = [];
  let scaleUpBits = 0;
  for (let moment = 0; moment < question.moments; moment++) {
    const atS = lastS * (0.5 + (0.5 * (moment + 1)) / question.moments);
    const setting: Setting = { network, windowS: question.windowS, gpus, gpusPerNode, dice: dice.fork(`moment ${moment}`) };
    const gathered: Gathered = { source: [], target: [], bits: [], startNs: [], capGbps: [], trafficClass: [] };
    let jobs = 0;
    let busyGpus = 0;
    for (const one of placed) {
      if (one.startS > atS || one.endS <= atS) continue;
      seen.add(one.job.id);
      jobs++;
      busyGpus += one.job.gpus;
      const traffic = trafficOf(one.job);
      if (traffic === null) continue;
      scaleUpBits += gatherCollectives(gathered, one, traffic, setting);
      gatherDemands(gathered, one, traffic, atS, setting);
    }
    const linkUseBits = new Float64Array(cluster.fabric.linkCount);
    const run = runMoment(cluster, jobs, atS, busyGpus, gathered, linkUseBits);
    if (isRefusal(run)) return run;
    runs.push(run);
    for (const sample of accessSamples(cluster, linkUseBits, question.windowS)) samples.push(sample);
  }
  const waits = placed.reduce((sum, one) => sum + one.startS - one.job.arrivalS, 0);
  return {
    jobsPlaced: placed.length, jobsSeen: seen.size, meanWaitS: placed.length === 0 ? 0 : waits / placed.length, moments: runs.map((run) => run.moment), classes: classTraffic(runs), scaleUpBits,
    accessUse: spread(samples),
  };
}
