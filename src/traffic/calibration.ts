/**
 * The fixed constants of the step model: one efficiency curve per accelerator family and one set for the network.
 *
 * They were fitted once to the public runs by minimising the robust log error over all sources together; `docs/step-time.md`
 * gives the method, the held-out errors and the physical range each constant was held to. Nothing here is tuned to a row.
 */

import type { EvidenceKind } from '../base/figure.ts';
import type { CurveName, Precision } from './accelerators.ts';

/** How close kernels of an accelerator family come to its published peaks. All shares are 0 to 1. */
export interface EfficiencyCurve {
  /** Share of dense peak that a very large product reaches, by precision. */
  readonly gemmShare: Readonly<Record<Precision, number>>;
  /** Rate of a product's operand traffic that is not hidden, relative to memory rate; above 1 because caches serve part of it. */
  readonly operandShare: number;
  /** Share of bf16 peak of fused attention, causal FLOPs counted. */
  readonly flashShare: number;
  /** Share of bf16 peak of the two products of unfused attention, all FLOPs counted. */
  readonly unfusedShare: number;
  /** Passes over the 16-bit score matrix in the forward pass of unfused attention: mask, softmax, dropout. */
  readonly unfusedPasses: number;
  /** Share of memory rate of elementwise kernels. */
  readonly memoryShare: number;
  /** Speed of grouped expert products relative to one dense product of the same total size. */
  readonly groupedShare: number;
  /** Host time to launch one forward pass of a layer, eager and unfused. */
  readonly hostNsPerPass: number;
  /** What fusion, compilation and graphs leave of the host time. */
  readonly hostReduction: number;
}

export interface NetworkCalibration {
  /** Share of the scale-up rate that collectives reach. */
  readonly scaleUpShare: number;
  /** Share of the scale-out rate. */
  readonly scaleOutShare: number;
  /** Start of a collective and software cost per ring step inside and between domains (NCCL tuning.cc). */
  readonly baseNs: number;
  readonly scaleUpStepNs: number;
  readonly scaleOutStepNs: number;
  /** Share of tensor-parallel traffic hidden by software that pipelines it with the products. */
  readonly tensorHidden: number;
  readonly pipelineHidden: number;
  /** Share of key-value exchange hidden under the attention of the chunk at hand. */
  readonly contextHidden: number;
  /** Share of expert traffic hidden by a schedule made for it (DualPipe), and by software that only overlaps shared experts. */
  readonly expertHidden: number;
  readonly expertPartlyHidden: number;
  /** Share of hidden data-parallel traffic that still slows compute, because both use the same memory and cores. */
  readonly contention: number;
}

/** Serving constants; the weakest numbers of the model, since three public rows carry them. */
export interface InferenceCalibration {
  /** Kernels of one decode layer from a captured graph, beyond the bytes they move; fitted to one row, checked on another. */
  readonly decodeLayerNs: number;
  /** Tokenising, scheduling and the way to the client; fitted to one row. */
  readonly requestNs: number;
  /** Share of memory rate at which decode attention reads keys and values; estimate between 2023 and 2025 kernels. */
  readonly cacheReadShare: number;
  /** Production average over what the nodes could do when always full: uneven load and expert skew; set from one row. */
  readonly productionDuty: number;
  /** Input tokens found in the key-value cache on disk: 342 of 608 billion (deepseek-ai/open-infra-index, 2025), published. */
  readonly productionCacheHits: number;
}

export interface Calibration {
  readonly curves: Readonly<Record<CurveName, EfficiencyCurve>>;
  readonly network: NetworkCalibration;
  /** Bytes the optimiser moves per parameter: gradient, master weight, two moments, read and written. */
  readonly optimiserBytes: number;
  /** Input, gradient norm, logging and the first launch of a step. */
  readonly stepOverheadNs: number;
  /** Interleaving v chunks divides the bubble by v to this power; 1 would be the ideal of Narayanan et al. 2021. */
  readonly interleaveExponent: number;
  readonly inference: InferenceCalibration;
  /** Slowest-of-many penalty: share of compute lost per doubling of accelerators beyond one domain. */
  readonly stragglerPerDoubling: number;
}

/** Hopper at 700 W: FA3-class attention, cuBLAS and Transformer Engine products. */
const hopper: EfficiencyCurve = {
  gemmShare: { bf16: 0.651, fp8: 0.771, fp4: 0.771 }, operandShare: 1.74, flashShare: 0.365,
  unfusedShare: 0.236, unfusedPasses: 4.49, memoryShare: 0.886, groupedShare: 0.475, hostNsPerPass: 1e6, hostReduction: 0.1,
};

export const defaultCalibration: Calibration = {
  curves: {
    ampere: {
      ...hopper, gemmShare: { bf16: 0.887, fp8: 0.887, fp4: 0.887 }, operandShare: 1.3, flashShare: 0.473,
      memoryShare: 0.806, hostNsPerPass: 2080000,
    },
    hopper,
    /** The 500 W limit lowers clocks under matrix load; memory is left alone. */
    hopperCapped: { ...hopper, gemmShare: { bf16: 0.566, fp8: 0.67, fp4: 0.67 }, flashShare: 0.293 },
    blackwell: {
      ...hopper, gemmShare: { bf16: 0.62, fp8: 0.62, fp4: 0.537 }, operandShare: 0.634, flashShare: 0.5,
      memoryShare: 0.789, groupedShare: 0.847,
    },
    /** XLA on TPU; set by eye from nine rows that state no parallel split, so it is an estimate. */
    tpu: { ...hopper, gemmShare: { bf16: 0.86, fp8: 0.86, fp4: 0.86 }, operandShare: 2, flashShare: 0.6, memoryShare: 0.9 },
  },
  network: {
    scaleUpShare: 0.892, scaleOutShare: 0.928, baseNs: 8400, scaleUpStepNs: 3400, scaleOutStepNs: 6960,
    tensorHidden: 0.733, pipelineHidden: 0.919, contextHidden: 0.582, expertHidden: 0.909, expertPartlyHidden: 0.281, contention: 0.0787,
  },
  inference: { decodeLayerNs: 50e3, requestNs: 50e6, cacheReadShare: 0.5, productionDuty: 0.62, productionCacheHits: 0.563 },
  optimiserBytes: 30, stepOverheadNs: 79200000, interleaveExponent: 0.692, stragglerPerDoubling: 0.0114,
};

/** How far the constants can be trusted: fitted to published measurements, so any step time is an estimate. */
export const calibrationEvidence: { readonly kind: EvidenceKind; readonly source: string } = {
  kind: 'estimate', source: 'fitted once to public runs, held-out errors in docs/step-time.md; NCCL latencies from src/graph/tuning.cc',
};
