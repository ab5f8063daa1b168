/** Monte Carlo of ring tuning: what order freedom saves when rings are made and heated with common and local errors. */

import type { Dice } from '../../base/dice.ts';
import type { OrderFreedom } from './ring-assignment.ts';
import { assignRings } from './ring-assignment.ts';

export interface TuningStudySetting {
  /** Rings, lines and, in channel spacings, the free spectral range. */
  readonly rings: number;
  /** Standard deviation of each ring's own error, in channel spacings. */
  readonly localSigmaSpacings: number;
  readonly draws: number;
}

export interface TuningOutcome {
  /** Mean red-shift per ring, in channel spacings. */
  readonly meanSpacings: number;
  /** 99th percentile over the draws of the ring that is shifted furthest. */
  readonly worstP99Spacings: number;
}

/**
 * All rings share one offset, uniform over a free spectral range, and each adds a normal error of its own; the same
 * draws serve every order, so that differences between them carry no sampling noise.
 */
export function studyRingTuning({ rings, localSigmaSpacings, draws }: TuningStudySetting, dice: Dice): Readonly<Record<OrderFreedom, TuningOutcome>> {
  const lineNm = Float64Array.from({ length: rings }, (_, line) => line);
  const ringNm = new Float64Array(rings);
  const orders = ['fixed', 'cyclic', 'any'] as const;
  const sums = { fixed: 0, cyclic: 0, any: 0 };
  const worst = { fixed: new Float64Array(draws), cyclic: new Float64Array(draws), any: new Float64Array(draws) };
  for (let draw = 0; draw < draws; draw++) {
    const offset = (dice.uniform() - 0.5) * rings;
    for (let ring = 0; ring < rings; ring++) ringNm[ring] = ring + offset + localSigmaSpacings * dice.normal();
    for (const order of orders) {
      const { totalShiftNm, shiftNm } = assignRings({ ringNm, lineNm, fsrNm: rings }, order);
      sums[order] += totalShiftNm;
      worst[order][draw] = shiftNm.reduce((most, shift) => Math.max(most, shift), 0);
    }
  }
  const outcome = (order: OrderFreedom): TuningOutcome => ({
    meanSpacings: sums[order] / (draws * rings),
    worstP99Spacings: worst[order].sort()[Math.ceil(draws * 0.99) - 1] ?? 0,
  });
  return { fixed: outcome('fixed'), cyclic: outcome('cyclic'), any: outcome('any') };
}
