/**
 * The fixed constants of the step model: one efficiency curve per accelerator family and one set for the network.
 *
 * They were fitted once to the public runs by minimising the robust log error over all sources together; `docs/step-time.md`
 * gives the method, the held-out errors and the physical range each constant was held to. Nothing here is tuned to a row.
 */

import type { CurveName, Precision } from './accelerators.ts';

/** How close kernels of an accelerator family come to its published peaks. All shares are 0 to 1. */
export interface EfficiencyCurve {
  /** Share of dense peak that a very large product reaches, by precision. */
  readonly gemmShare: Readonly<Record<Precision, number>>;
  /** Share of memory rate at which a product's operands stream when they are not hidden. */
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

export interface Calibration {
  readonly curves: Readonly<Record<CurveName, EfficiencyCurve>>;
  readonly network: NetworkCalibration;
  /** Bytes the optimiser moves per parameter: gradient, master weight, two moments, read and written. */
  readonly optimiserBytes: number;
  /** Input, gradient norm, logging and the first launch of a step. */
  readonly stepOverheadNs: number;
  /** Extra per step for software that neither prefetches input nor overlaps the optimiser. */
  readonly eagerStepOverheadNs: number;
  /** Slowest-of-many penalty: share of compute lost per doubling of accelerators beyond one domain. */
  readonly stragglerPerDoubling: number;
}

const hopper: EfficiencyCurve = {
  gemmShare: { bf16: 0.72, fp8: 0.6, fp4: 0.5 }, operandShare: 1, flashShare: 0.5, unfusedShare: 0.3, unfusedPasses: 6, memoryShare: 0.8,
  groupedShare: 0.7, hostNsPerPass: 1e6, hostReduction: 0.1,
};

export const defaultCalibration: Calibration = {
  curves: {
    ampere: { ...hopper, gemmShare: { bf16: 0.8, fp8: 0.8, fp4: 0.8 }, flashShare: 0.55, hostNsPerPass: 2.3e6 },
    hopper,
    hopperCapped: { ...hopper, gemmShare: { bf16: 0.55, fp8: 0.45, fp4: 0.45 }, flashShare: 0.4 },
    blackwell: { ...hopper, gemmShare: { bf16: 0.75, fp8: 0.6, fp4: 0.5 } },
    tpu: { ...hopper, gemmShare: { bf16: 0.85, fp8: 0.8, fp4: 0.8 } },
  },
  network: {
    scaleUpShare: 0.78, scaleOutShare: 0.8, baseNs: 8400, scaleUpStepNs: 3400, scaleOutStepNs: 14000,
    tensorHidden: 0.6, pipelineHidden: 0.9, contextHidden: 0.9, expertHidden: 0.9, expertPartlyHidden: 0.3, contention: 0.15,
  },
  optimiserBytes: 30, stepOverheadNs: 20e6, eagerStepOverheadNs: 500e6, stragglerPerDoubling: 0.004,
};
