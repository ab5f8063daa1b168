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
import { microbatchesPerStep } from '../traffic/parallel-plan.ts';
import { phaseFlows } from '../traffic/phase-flows.ts';
import { computeParts, phaseDurations } from '../traffic/step-time.ts';
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
  /** Share of its network rate that the busiest accelerator asks, all classes together, 0 to 1. */
  readonly shareOfRate: number;
}

/** Bits per step by class and pair. */
class Demands {
  readonly #bits = new Map<TrafficClassName, Map<number, number>>();
  readonly #sent: Float64Array;
  readonly #gpus: number;

  constructor(gpus: number) {
    this.#gpus = gpus;
    this.#sent = new Float64Array(gpus);
  }

  /** Adds the flows of one phase, as often as a step executes it. */
  addPhase(phase: CommunicationPhase, network: NetworkView, executions: number): void {
    const flows = phaseFlows(phase, { network, constants: defaultCalibration.network });
    const domain = network.scaleUp.size;
    const pairs = this.#bits.get(phase.trafficClass) ?? new Map<number, number>();
    this.#bits.set(phase.trafficClass, pairs);
    for (let flow = 0; flow < flows.flowCount; flow++) {
      const source = flows.sourceRank[flow] ?? 0;
      const target = flows.targetRank[flow] ?? 0;
      const remote = Math.floor(target / domain);
      if (Math.floor(source / domain) === remote) continue;
      const sender = Math.floor(source / domain) * domain + (target % domain);
      const bits = (flows.flowBits[flow] ?? 0) * executions;
      const pair = sender * this.#gpus + target;
      pairs.set(pair, (pairs.get(pair) ?? 0) + bits);
      this.#sent[sender] = (this.#sent[sender] ?? 0) + bits;
    }
  }

  /** Classes in their order, pairs ascending. */
  list(ranks: readonly number[], rateGbps: number): readonly JobDemand[] {
    const most = this.#sent.reduce((largest, bits) => Math.max(largest, bits), 0);
    return trafficClassNames.flatMap((trafficClass) => [...(this.#bits.get(trafficClass) ?? [])].sort((a, b) => a[0] - b[0]).map(([pair, bits]): JobDemand => ({
      trafficClass, fromRank: ranks[Math.floor(pair / this.#gpus)] ?? 0, toRank: ranks[pair % this.#gpus] ?? 0, rateGbps: (rateGbps * bits) / most,
    })));
  }
}

/** The request of a training job on given ranks. Ranks of one scale-up domain must be consecutive in the job's order. */
export function jobRequest(cluster: CompiledCluster, job: TrainingJob, terms: JobTerms): JobRequest {
  const network = networkView(cluster);
  const phases = communicationPhases(job.model, job.plan, network, defaultCalibration);
  const durations = phaseDurations(phases, network, defaultCalibration);
  const demands = new Demands(terms.ranks.length);
  const microbatches = microbatchesPerStep(job.plan);
  for (const [at, phase] of phases.entries()) if (durations[at]?.tier !== 'scaleUp') demands.addPhase(phase, network, phase.perMicrobatch * microbatches + phase.perStep);
  return {
    id: terms.id, tenant: terms.tenant, ranks: terms.ranks, steps: terms.steps, demands: demands.list(terms.ranks, network.scaleOut.rateGbps * terms.shareOfRate),
    profile: {
      compute: computeParts(job.model, job.plan, job.accelerator, { scaleUpSize: network.scaleUp.size, calibration: defaultCalibration }),
      phases, durations, contention: defaultCalibration.network.contention,
    },
    replicas: job.plan.data, replicaBlock: job.plan.tensor * job.plan.context, replicasMin: Math.max(1, Math.ceil(job.plan.data / 2)),
    checkpointNs: terms.checkpointNs, restartNs: terms.restartNs, checkpointEverySteps: terms.checkpointEverySteps,
  };
}
