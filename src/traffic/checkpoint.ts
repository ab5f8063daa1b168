/**
 * Checkpoints: how large the state is, how often to write it, what that and failures leave of the machine's time, and the bandwidth
 * the copies need.
 */

import type { Figure } from '../base/figure.ts';
import type { ModelSpec } from './model.ts';
import { countParameters } from './model.ts';
import type { ParallelPlan } from './parallel-plan.ts';
import { planGpus } from './parallel-plan.ts';

export interface CheckpointState {
  readonly parameters: number;
  readonly bytesPerParameter: number;
  readonly totalBits: number;
  /** Accelerators that hold a part which no other of them holds, and so write; each its equal share. */
  readonly writers: number;
  readonly bitsPerWriter: number;
}

/**
 * 16-bit weights, 32-bit master weights and two 32-bit Adam moments: 14 bytes, as Megatron-LM saves them (BLOOM: 2.3 TiB for
 * 176 billion parameters; bigscience, "The technology behind BLOOM training", 2022). FP8 and FP4 recipes keep the same state.
 * Sharded optimisers write from every rank of a shard group, unsharded ones from one data-parallel rank.
 */
export function checkpointState(model: ModelSpec, plan: ParallelPlan, options: { readonly momentBytes?: 2 | 4 } = {}): CheckpointState {
  const count = countParameters(model);
  const parameters = count.total + model.mtpLayers * (count.attentionPerLayer + (model.moe === null ? count.denseFfnPerLayer : count.moeFfnPerLayer));
  const bytesPerParameter = 2 + 4 + 2 * (options.momentBytes ?? 4);
  const totalBits = parameters * bytesPerParameter * 8;
  const writers = plan.zero >= 1 ? planGpus(plan) / (plan.data / plan.shard) : plan.pipeline * Math.max(plan.tensor, plan.expert);
  return { parameters, bytesPerParameter, totalBits, writers, bitsPerWriter: totalBits / writers };
}

/** Failures and what a checkpoint costs; all times in seconds. */
export interface FailureModel {
  /** Mean time between failures of the whole job. */
  readonly mtbfS: number;
  /** Time the job stands still for one checkpoint. */
  readonly costS: number;
  /** From a failure until the job computes again, lost work not included. */
  readonly restartS: number;
}

/** sqrt(2 C M) (Young, CACM 17(9), 1974). */
export const youngIntervalS = ({ mtbfS, costS }: Pick<FailureModel, 'mtbfS' | 'costS'>): number => Math.sqrt(2 * costS * mtbfS);

/** Higher-order estimate: sqrt(2CM) (1 + sqrt(C/2M)/3 + C/2M/9) - C, or M where C >= 2M (Daly, FGCS 22(3), 2006, equation 37). */
export function dalyIntervalS({ mtbfS, costS }: Pick<FailureModel, 'mtbfS' | 'costS'>): number {
  const ratio = costS / (2 * mtbfS);
  return ratio >= 1 ? mtbfS : Math.sqrt(2 * costS * mtbfS) * (1 + Math.sqrt(ratio) / 3 + ratio / 9) - costS;
}

/**
 * Share of time that is useful work when it is saved every `intervalS`: T / (M e^(R/M) (e^((T + C)/M) - 1)), for failures that
 * arrive as a Poisson process, during checkpoints and restarts too (Daly 2006, equation 20).
 */
export function goodput({ mtbfS, costS, restartS }: FailureModel, intervalS: number): number {
  return intervalS / (mtbfS * Math.exp(restartS / mtbfS) * Math.expm1((intervalS + costS) / mtbfS));
}

/** One unexpected interruption per 3.09 h on 16,384 accelerators: 50,600 h for one, taken to fall as one over their number. */
export const acceleratorMtbfH: Figure = { value: 16384 * 3.09, unit: 'h', kind: 'published', source: 'The Llama 3 Herd of Models (Meta, arXiv 2407.21783), Table 5: 419 unexpected interruptions in 54 days' };
export const storageRateGbps: Figure = { value: 16_000, unit: 'Gb/s', kind: 'published', source: 'The Llama 3 Herd of Models, section 3.3.1: Tectonic sustains 2 TB/s' };
export const hostCopyGbps: Figure = { value: 400, unit: 'Gb/s', kind: 'estimate', source: 'PCIe 5.0 x16 at 80 % of 63 GB/s per accelerator' };
export const restartS: Figure = { value: 600, unit: 's', kind: 'estimate', source: 'between MegaScale (NSDI 2024, section 6.3): detect within 10 min, catch up within 15 min, and ByteRobust (SOSP 2025)' };

export interface CheckpointQuestion {
  readonly state: CheckpointState;
  readonly mtbfS: number;
  /** Detection, replacement and start, without reading the checkpoint. */
  readonly restartS: number;
  /** All writers together, and one writer through its own port. */
  readonly storageGbps: number;
  readonly writerGbps: number;
  /** Copies to host memory at this rate stop the job, the rest drains beside it; null: the job waits for storage. */
  readonly hostCopyGbps: number | null;
  /** Null: Daly's interval, but never less than a copy takes to drain. */
  readonly intervalS: number | null;
}

export interface CheckpointPlan {
  readonly failures: FailureModel;
  readonly youngS: number;
  readonly dalyS: number;
  readonly intervalS: number;
  /** Writing one checkpoint to storage at full rate; reading takes as long. */
  readonly drainS: number;
  /** A copy must have reached storage when the next one begins. */
  readonly deadlineS: number;
  /** Bandwidth that just keeps the deadline: all writers, and one. */
  readonly neededGbps: number;
  readonly neededPerWriterGbps: number;
  readonly goodput: number;
  /** Share of time spent standing still for checkpoints. */
  readonly overhead: number;
}

/**
 * Plans checkpoints. A job that does not wait for storage loses more at a failure: until a copy has drained the one before
 * counts, which for failures at random times adds the drain time to the restart.
 */
export function planCheckpoints(question: CheckpointQuestion): CheckpointPlan {
  const { state, mtbfS } = question;
  const drainS = Math.max(state.totalBits / question.storageGbps, state.bitsPerWriter / question.writerGbps) / 1e9;
  const costS = question.hostCopyGbps === null ? drainS : state.bitsPerWriter / question.hostCopyGbps / 1e9;
  const failures: FailureModel = { mtbfS, costS, restartS: question.restartS + drainS + (question.hostCopyGbps === null ? 0 : drainS) };
  const youngS = youngIntervalS(failures);
  const dalyS = dalyIntervalS(failures);
  const intervalS = question.intervalS ?? Math.max(dalyS, question.hostCopyGbps === null ? 0 : drainS);
  // One that waits has the time of the stop; one that does not has until the next copy.
  const deadlineS = question.hostCopyGbps === null ? costS : intervalS;
  return {
    failures, youngS, dalyS, intervalS, drainS, deadlineS, neededGbps: state.totalBits / deadlineS / 1e9, neededPerWriterGbps: state.bitsPerWriter / deadlineS / 1e9,
    goodput: goodput(failures, intervalS), overhead: costS / (intervalS + costS),
  };
}
