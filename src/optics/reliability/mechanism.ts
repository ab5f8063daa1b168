/** A failure mechanism of a part: units, spares, life, temperature, what is replaced and how long that takes. */

import type { Dice } from '../../base/dice.ts';
import type { EvidenceKind } from '../../base/figure.ts';
import { binomialLowerTail, binomialProbability } from '../../base/special.ts';
import type { Celsius, Hours } from '../../base/units.ts';
import { arrheniusFactor } from '../formulas/reliability.ts';
import type { LifeDistribution } from './distribution.ts';
import { cumulativeHazard, drawLifeH, hazardPerH } from './distribution.ts';

/**
 * Where a rate comes from. A prediction (a parts count, a test at stress, an estimate) is about ten times better than
 * what fields report, so the two are never added without saying so.
 */
export type RateBasis = 'field' | 'predicted';

/** `laser` is random failure and wear-out of one laser together, where spares serve both; `hardware` is a part that is not split. */
export type MechanismName = 'laser' | 'laserRandom' | 'laserWearOut' | 'electronics' | 'solder' | 'contamination' | 'hardware';

/** What a technician exchanges or does. */
export type ReplaceableUnit = 'cable' | 'module' | 'laserModule' | 'package' | 'switch' | 'chassis' | 'connector';

export interface Mechanism {
  readonly name: MechanismName;
  /** Like units in the part. */
  readonly units: number;
  /** Units that may fail before the part does. */
  readonly spares: number;
  /** Life of one unit at the reference temperature. */
  readonly life: LifeDistribution;
  /** 0 where temperature does not matter. */
  readonly activationEnergyEv: number;
  readonly referenceC: Celsius;
  readonly replaces: ReplaceableUnit;
  readonly repairH: Hours;
  readonly basis: RateBasis;
  readonly kind: EvidenceKind;
  readonly source: string;
}

/** Age and temperature of a part; a history at other temperatures counts as `effectiveAgeH`. */
export interface Exposure {
  /** Age in hours of operation; ignored where an effective age is given for a mechanism. */
  readonly ageH: number;
  readonly temperatureC: Celsius;
}

export const accelerationAt = ({ activationEnergyEv, referenceC }: Mechanism, temperatureC: Celsius): number =>
  activationEnergyEv === 0 ? 1 : arrheniusFactor({ activationEnergyEv, referenceC, temperatureC });

/** Hours at the reference temperature that age a mechanism as much as a history of temperatures did. */
export const effectiveAgeH = (mechanism: Mechanism, history: readonly { readonly hours: number; readonly temperatureC: Celsius }[]): number =>
  history.reduce((sum, { hours, temperatureC }) => sum + hours * accelerationAt(mechanism, temperatureC), 0);

export interface MechanismState {
  readonly effectiveAgeH: number;
  readonly temperatureC: Celsius;
}

/** Probability that the part has survived this mechanism: no more than `spares` of its units are dead. */
export function survivalOf(mechanism: Mechanism, ageAtReferenceH: number): number {
  const hazard = cumulativeHazard(mechanism.life, ageAtReferenceH);
  if (mechanism.spares === 0) return Math.exp(-mechanism.units * hazard);
  return binomialLowerTail({ trials: mechanism.units, probability: -Math.expm1(-hazard) }, mechanism.spares);
}

/**
 * Failures of the part per hour of operation among parts that this mechanism has not failed yet.
 *
 * Time runs faster by the Arrhenius factor, so h(t, T) = AF h0(effective age). With s spares among n units the part fails
 * when one of the units that still work dies while exactly s are dead:
 * h = h_unit (n - s) P(exactly s dead) / P(at most s dead); without spares that is n h_unit.
 */
export function mechanismHazardPerH(mechanism: Mechanism, { effectiveAgeH: ageAtReferenceH, temperatureC }: MechanismState): number {
  const { units, spares, life } = mechanism;
  const unitHazard = accelerationAt(mechanism, temperatureC) * hazardPerH(life, ageAtReferenceH);
  if (spares === 0) return units * unitHazard;
  const dead = { trials: units, probability: -Math.expm1(-cumulativeHazard(life, ageAtReferenceH)) };
  const alive = binomialLowerTail(dead, spares);
  // Once survival underflows, all spares are long gone and every working unit is critical.
  if (alive === 0) return (units - spares) * unitHazard;
  return (unitHazard * (units - spares) * binomialProbability(dead, spares)) / alive;
}

/** Hours of operation at a constant temperature until the mechanism fails the part, drawn unit by unit. */
export function drawFailureH(mechanism: Mechanism, temperatureC: Celsius, dice: Dice): number {
  const lives = Float64Array.from({ length: mechanism.units }, () => drawLifeH(mechanism.life, dice)).sort();
  return (lives[mechanism.spares] ?? Infinity) / accelerationAt(mechanism, temperatureC);
}
