/** What one simulated training step answers. */

import type { EvidenceKind } from '../base/figure.ts';
import type { RefusedLinks, StepBreakdown, TierUse } from './compare-result.ts';
import type { LightRun } from './light-run.ts';
import type { PhaseTiming } from './training-run.ts';

export interface SimulateResult {
  readonly schema: 'heliostat/simulate/1';
  readonly cluster: string;
  readonly workload: string;
  readonly fabric: string;
  readonly gpus: number;
  /** The plan in force, one line. */
  readonly plan: string;
  readonly step: StepBreakdown;
  /** The same step with every collective in closed form. */
  readonly closedFormStepS: number;
  readonly mfu: number;
  readonly tflopsPerGpu: number;
  readonly tokensPerS: number;
  readonly memoryGb: { readonly needed: number; readonly capacity: number };
  readonly phases: readonly PhaseTiming[];
  readonly tiers: readonly TierUse[];
  readonly network: {
    readonly scaleUpGbps: number;
    readonly scaleUpLatencyNs: number;
    readonly scaleOutGbps: number;
    readonly scaleOutLatencyNs: number;
    readonly coreLatencyNs: number;
    readonly oversubscription: number;
  };
  readonly power: { readonly fabricKw: number; readonly clusterKw: number; readonly energyPerStepMj: number; readonly energyPerTokenJ: number; readonly kind: EvidenceKind };
  readonly refused: readonly RefusedLinks[];
  readonly flows: { readonly flows: number; readonly solves: number };
  /** The run through a timeline of light, where one was given; all other figures are those of the sound cluster. */
  readonly light?: Omit<LightRun, 'nominal'>;
}
