/**
 * A training job as the controller is asked for it: its step in closed form, and the light that its collectives want between ranks.
 *
 * Traffic that leaves a scale-up domain first crosses inside it to the accelerator on the target's rail, as NCCL sends (PXN), so an
 * exchange of n ranks asks one demand per rank and remote domain, not n. What a demand asks is the rate of its busiest phase:
 * a share of the accelerator's network rate, divided among the flows that leave it at the same time.
 */

import type { CompiledCluster } from '../fabric/compiled.ts';
import type { JobDemand, JobRequest } from '../control/job.ts';
import { defaultCalibration } from '../traffic/calibration.ts';
import type { TrafficClassName } from '../traffic/classes.ts';
import { trafficClassNames } from '../traffic/classes.ts';
import type { NetworkView } from '../traffic/network-view.ts';
import type { CommunicationPhase } from '../traffic/phases.ts';
import { communicationPhases } from '../traffic/phases.ts';
import { phaseFlows } from '../traffic/phase-flows.ts';
import { computeParts, phaseDurations } from '../traffic/step-time.ts';
import { combineStep } from '../traffic/combine-step.ts';
import { networkView } from './fabric-view.ts';
import type { TrainingJob } from './training-run.ts';

export interface JobTerms {
  readonly id: string;
  readonly tenant: string;
  /** Accelerator ranks of the cluster, in the job's own rank order. */
  readonly ranks: readonly number[];
  readonly steps: number;
  readonly checkpointNs: number;
  readonly restartNs: number;
  readonly checkpointEverySteps: number;
  /** Share of an accelerator's network rate that each class may ask in its busy phase, 0 to 1. */
  readonly shareOfRate: number;
}

/** Demands by class and pair: the largest rate that any phase of the class asks of the pair. */
class Demands {
  readonly #rates = new Map<TrafficClassName, Map<number, number>>();
  readonly #gpus: number;

  constructor(gpus: number) {
    this.#gpus = gpus;
  }

  /** Flows of one phase: each sender splits its rate over its targets in proportion to their bits. */
  addPhase(phase: CommunicationPhase, network: NetworkView, rateGbps: number): void {
    const flows = phaseFlows(phase, { network, constants: defaultCalibration.network });
    const domain = network.scaleUp.size;
    const bits = new Map<number, number>();
    const sent = new Float64Array(this.#gpus);
    for (let flow = 0; flow < flows.flowCount; flow++) {
      const source = flows.sourceRank[flow] ?? 0;
      const target = flows.targetRank[flow] ?? 0;
      const remote = Math.floor(target / domain);
      if (Math.floor(source / domain) === remote) continue;
      const sender = Math.floor(source / domain) * domain + (target % domain);
      const size = flows.flowBits[flow] ?? 0;
      bits.set(sender * this.#gpus + target, (bits.get(sender * this.#gpus + target) ?? 0) + size);
      sent[sender] = (sent[sender] ?? 0) + size;
    }
    let most = 0;
    for (const size of sent) most = Math.max(most, size);
    const rates = this.#rates.get(phase.trafficClass) ?? new Map<number, number>();
    this.#rates.set(phase.trafficClass, rates);
    for (const [pair, size] of bits) rates.set(pair, Math.max(rates.get(pair) ?? 0, (rateGbps * size) / most));
  }

  /** Classes in their order, pairs ascending. */
  list(ranks: readonly number[]): readonly JobDemand[] {
    return trafficClassNames.flatMap((trafficClass) => [...(this.#rates.get(trafficClass) ?? [])].sort((a, b) => a[0] - b[0]).map(([pair, rateGbps]): JobDemand => ({
      trafficClass, fromRank: ranks[Math.floor(pair / this.#gpus)] ?? 0, toRank: ranks[pair % this.#gpus] ?? 0, rateGbps,
    })));
  }
}

/** The request of a training job on given ranks. Ranks of one scale-up domain must be consecutive in the job's order. */
export function jobRequest(cluster: CompiledCluster, job: TrainingJob, terms: JobTerms): JobRequest {
  const network = networkView(cluster);
  const phases = communicationPhases(job.model, job.plan, network, defaultCalibration);
  const durations = phaseDurations(phases, network, defaultCalibration);
  const demands = new Demands(terms.ranks.length);
  for (const [at, phase] of phases.entries()) if (durations[at]?.tier !== 'scaleUp') demands.addPhase(phase, network, network.scaleOut.rateGbps * terms.shareOfRate);
  return {
    id: terms.id, tenant: terms.tenant, ranks: terms.ranks, steps: terms.steps, demands: demands.list(terms.ranks),
    profile: {
      compute: computeParts(job.model, job.plan, job.accelerator, { scaleUpSize: network.scaleUp.size, calibration: defaultCalibration }),
      phases, durations, contention: defaultCalibration.network.contention,
    },
    replicas: job.plan.data, replicaBlock: job.plan.tensor * job.plan.context, replicasMin: Math.max(1, Math.ceil(job.plan.data / 2)),
    checkpointNs: terms.checkpointNs, restartNs: terms.restartNs, checkpointEverySteps: terms.checkpointEverySteps,
  };
}

/** Time of a step of a request with all its light, s. */
export const requestStepS = ({ profile }: JobRequest): number => combineStep(profile.compute, profile.phases, profile.durations, { contention: profile.contention }).stepS;
