/** Life distributions: cumulative hazard and hazard rate against effective age, exact in the far tails, and lives drawn from them. */

import type { Dice } from '../../base/dice.ts';
import { inverseQFunction, qFunction } from '../../base/special.ts';

/** Ages and scales are hours at the reference temperature of the mechanism. */
export type LifeDistribution =
  | { readonly kind: 'exponential'; readonly meanH: number }
  | { readonly kind: 'weibull'; readonly scaleH: number; readonly shape: number }
  | { readonly kind: 'lognormal'; readonly medianH: number; readonly sigma: number }
  /** Independent causes of which the first ends the life: their hazards add. */
  | { readonly kind: 'competing'; readonly causes: readonly LifeDistribution[] };

/** Beyond this the normal tail is close to underflow and its asymptote phi(z)/z is exact to a thousandth. */
const farTail = 35;

/** -ln of the probability to survive to an age. */
export function cumulativeHazard(life: LifeDistribution, ageH: number): number {
  if (ageH <= 0) return 0;
  switch (life.kind) {
    case 'exponential': return ageH / life.meanH;
    case 'weibull': return (ageH / life.scaleH) ** life.shape;
    // Q(z) keeps its accuracy for old parts; for young ones 1 - Q(-z) does.
    case 'lognormal': {
      const z = Math.log(ageH / life.medianH) / life.sigma;
      if (z > farTail) return 0.5 * z * z + Math.log(z * Math.sqrt(2 * Math.PI));
      return z < 0 ? -Math.log1p(-qFunction(-z)) : -Math.log(qFunction(z));
    }
    case 'competing': return life.causes.reduce((sum, cause) => sum + cumulativeHazard(cause, ageH), 0);
  }
}

/** Failures per hour among survivors of an age. A Weibull life with shape below 1 has no finite hazard at age 0. */
export function hazardPerH(life: LifeDistribution, ageH: number): number {
  switch (life.kind) {
    case 'exponential': return 1 / life.meanH;
    case 'weibull': return (life.shape / life.scaleH) * (ageH / life.scaleH) ** (life.shape - 1);
    case 'lognormal': {
      if (ageH <= 0) return 0;
      const z = Math.log(ageH / life.medianH) / life.sigma;
      if (z > farTail) return (z + 1 / z) / (life.sigma * ageH);
      return Math.exp(-0.5 * z * z) / (Math.sqrt(2 * Math.PI) * life.sigma * ageH * qFunction(z));
    }
    case 'competing': return life.causes.reduce((sum, cause) => sum + hazardPerH(cause, ageH), 0);
  }
}

export interface LifeTarget {
  /** Cumulative hazard to be reached ... */
  readonly hazard: number;
  /** ... at this age. */
  readonly ageH: number;
}

export type LifeFamily = { readonly kind: 'exponential' } | { readonly kind: 'weibull'; readonly shape: number } | { readonly kind: 'lognormal'; readonly sigma: number };

/** The distribution of a family that reaches a cumulative hazard at an age: a rate becomes a wear-out law of the same total. */
export function fitLife(family: LifeFamily, { hazard, ageH }: LifeTarget): LifeDistribution {
  switch (family.kind) {
    case 'exponential': return { kind: 'exponential', meanH: ageH / hazard };
    case 'weibull': return { kind: 'weibull', shape: family.shape, scaleH: ageH / hazard ** (1 / family.shape) };
    case 'lognormal': {
      // Phi(z) = 1 - exp(-hazard) at the age; solved from whichever tail is the smaller, to keep its digits.
      const survival = Math.exp(-hazard);
      const z = survival < 0.5 ? inverseQFunction(survival) : -inverseQFunction(-Math.expm1(-hazard));
      return { kind: 'lognormal', sigma: family.sigma, medianH: ageH * Math.exp(-family.sigma * z) };
    }
  }
}

/** A life drawn by inverting the distribution, in hours at the reference temperature. */
export function drawLifeH(life: LifeDistribution, dice: Dice): number {
  switch (life.kind) {
    case 'exponential': return life.meanH * dice.exponential();
    case 'weibull': return life.scaleH * dice.exponential() ** (1 / life.shape);
    case 'lognormal': return life.medianH * Math.exp(life.sigma * dice.normal());
    case 'competing': return life.causes.reduce((first, cause) => Math.min(first, drawLifeH(cause, dice)), Infinity);
  }
}
