/** Runs one experiment of `heliostat worth` on what was read. */

import type { JobRequest } from '../../control/job.ts';
import { createDevices } from '../../sim/devices/create-devices.ts';
import { networkView } from '../../study/fabric-view.ts';
import { jobRequest } from '../../study/job-request.ts';
import type { FailureStudy } from '../../study/worth/failures.ts';
import { failureStudy } from '../../study/worth/failures.ts';
import type { ForesightRow } from '../../study/worth/foresight.ts';
import { foresightStudy } from '../../study/worth/foresight.ts';
import type { LightStudy } from '../../study/worth/light.ts';
import { lightStudy } from '../../study/worth/light.ts';
import { lossKinds } from '../../study/worth/light-loss.ts';
import type { PhaseStudy } from '../../study/worth/phase-aware.ts';
import { phaseStudy } from '../../study/worth/phase-aware.ts';
import type { SingleFault } from '../../study/worth/single-faults.ts';
import { singleFaultStudy } from '../../study/worth/single-faults.ts';
import type { WarmLoop } from '../../study/worth/warm-loop.ts';
import { warmLoop } from '../../study/worth/warm-loop.ts';
import { defaultCalibration } from '../../traffic/calibration.ts';
import { communicationPhases } from '../../traffic/phases.ts';
import { computeParts, phaseDurations } from '../../traffic/step-time.ts';
import type { Ground, WorthQuestion } from './question.ts';

export type WorthResult =
  | { readonly experiment: 'light'; readonly result: LightStudy }
  | { readonly experiment: 'failures'; readonly result: FailureStudy }
  | { readonly experiment: 'faults'; readonly result: readonly { readonly cluster: string; readonly faults: readonly SingleFault[] }[] }
  | { readonly experiment: 'phases'; readonly result: PhaseStudy }
  | { readonly experiment: 'heat'; readonly result: WarmLoop & { readonly wallMs: number } }
  | { readonly experiment: 'foresight'; readonly result: readonly ForesightRow[] };

export type OnProgress = (done: number, of: number) => void;

/** Losses of the sweep, loads at which the goal's loss is tried too, and the reference load. */
const losses = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6] as const;
const loads = [0.3, 0.4, 0.5, 0.6, 0.65] as const;
const referenceLoad = 0.6;
const phaseDraws = 60;
const warmK = 6;
const loop = 'coolantloop0';
const hour = 3600e9;
/** What is watched for foresight: three days of messages every five minutes, under horizons from the policy's to a day. */
const foresightTerms = { days: 3, everyNs: hour / 12, horizonsNs: [hour / 4, hour, 4 * hour, 24 * hour] } as const;

/** Shares of the network rate that jobs ask; a ring of circuits has one circuit of 400 Gb/s each way where packet rails have the whole port. */
const packetShare = 0.6;
const circuitShare = 0.2;

/** The job on all accelerators, with C = 60 s and R = 600 s. */
const requestOf = ({ cluster, job }: Ground, shareOfRate: number): JobRequest => jobRequest(cluster, job, {
  id: 'train', tenant: 'research', ranks: Array.from({ length: cluster.design.gpus }, (_, rank) => rank), steps: 1_000_000, checkpointNs: 60e9, restartNs: 600e9, checkpointEverySteps: 100, shareOfRate,
});

function runPhases({ cluster, job }: Ground, seed: number): PhaseStudy {
  const network = networkView(cluster);
  const phases = communicationPhases(job.model, job.plan, network, defaultCalibration);
  return phaseStudy({
    seed, draws: phaseDraws, scaleUpSize: network.scaleUp.size,
    step: {
      plan: job.plan, phases, durations: phaseDurations(phases, network, defaultCalibration), contention: defaultCalibration.network.contention,
      compute: computeParts(job.model, job.plan, job.accelerator, { scaleUpSize: network.scaleUp.size }),
    },
  });
}

function runHeat(ground: Ground, seed: number): WarmLoop & { readonly wallMs: number } {
  let [warmedMs, decidedMs] = [0, Number.NaN];
  const result = warmLoop({
    plant: ground.plant, devices: createDevices(ground.cluster, ground.catalogue), job: requestOf(ground, packetShare), loop, warmK, seed,
    onWarm: () => { warmedMs = performance.now(); }, onDecided: () => { decidedMs = performance.now(); },
  });
  return { ...result, wallMs: decidedMs - warmedMs };
}

export function runWorth({ experiment, seed, seeds, grounds }: WorthQuestion, onProgress: OnProgress): WorthResult {
  const [ground] = grounds;
  if (ground === undefined) throw new Error('an experiment has at least one cluster');
  switch (experiment) {
    case 'light': return {
      experiment, result: lightStudy({ plant: ground.plant, job: ground.job, criticalShare: referenceLoad, losses, loads, kinds: lossKinds, seeds: Array.from({ length: seeds }, (_, at) => seed + at), onProgress }),
    };
    case 'failures': return { experiment, result: failureStudy({ plant: ground.plant, job: requestOf(ground, packetShare), seed, onProgress }) };
    case 'faults': return {
      experiment, result: grounds.map((one) => ({
        cluster: one.names.cluster,
        faults: singleFaultStudy({ plant: one.plant, createDevices: () => createDevices(one.cluster, one.catalogue), job: requestOf(one, one.cluster.design.ocs === null ? packetShare : circuitShare), seed, onProgress }),
      })),
    };
    case 'phases': return { experiment, result: runPhases(ground, seed) };
    case 'heat': return { experiment, result: runHeat(ground, seed) };
    case 'foresight': return { experiment, result: foresightStudy({ plant: ground.plant, seed, ...foresightTerms, onProgress }) };
  }
}
