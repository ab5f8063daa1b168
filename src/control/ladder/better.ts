/** Which of two plans is the better one: one that keeps jobs whole, then the cheaper in job progress, then the one that takes less weighted light. */

import type { Price } from '../decision.ts';
import type { Proposal } from './proposal.ts';

export interface Weight {
  readonly proposal: Proposal;
  readonly price: Price;
  /** Weighted Gb/s that leases lose. */
  readonly weight: number;
}

const samePrice = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));

/** A plan that starts a job again, takes replicas from it or leaves it standing, where another keeps all of them whole, is not to be had at any price. */
export const breaksJobs = ({ proposal, price }: Pick<Weight, 'proposal' | 'price'>): boolean =>
  proposal.ranks.size > 0 || proposal.replicas.size > 0 || price.effects.some(({ stepAfterNs }) => stepAfterNs === null);

export function isBetter(one: Weight, best: Weight | null): boolean {
  if (best === null) return true;
  const breaks = breaksJobs(one);
  if (breaks !== breaksJobs(best)) return !breaks;
  if (!samePrice(one.price.lostGpuS, best.price.lostGpuS)) return one.price.lostGpuS < best.price.lostGpuS;
  return !samePrice(one.weight, best.weight) && one.weight < best.weight;
}
