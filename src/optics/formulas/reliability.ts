/** Failure arithmetic: rates, acceleration, wear-out distributions, redundancy and availability. */

import { boltzmannEvPerK, hoursPerYear, zeroCelsiusK } from '../../base/constants.ts';
import { binomialUpperTail, normalCdf } from '../../base/special.ts';
import type { Celsius, Fit, Hours } from '../../base/units.ts';
import { quantity } from '../../base/units.ts';

/** FIT counts failures in 10^9 device hours. */
export const mtbfToFit = (mtbf: Hours): Fit => quantity(1e9 / mtbf);

/** Probability of failure within a year of 8760 h, exponential model (Telcordia SR-332). */
export const annualFailureFraction = (mtbf: Hours): number => -Math.expm1(-hoursPerYear / mtbf);

/** Upper bound on the rate after `deviceHours` without failure, chi-square with no events: -ln(1 - CL)/T. */
export const zeroFailureBound = ({ confidence, deviceHours }: { readonly confidence: number; readonly deviceHours: number }): Fit =>
  quantity((-Math.log1p(-confidence) / deviceHours) * 1e9);

export interface FleetSetting {
  readonly units: number;
  readonly mtbf: Hours;
}

export const fleetFailuresPerDay = ({ units, mtbf }: FleetSetting): number => (units * 24) / mtbf;

/** Mean time to the first failure among many like units. */
export const timeToFirstFailureH = ({ units, mtbf }: FleetSetting): Hours => quantity(mtbf / units);

/** Mean time between events of one unit, from the interval between events anywhere in the fleet. */
export const unitIntervalH = ({ units, fleetIntervalS }: { readonly units: number; readonly fleetIntervalS: number }): Hours => quantity((units * fleetIntervalS) / 3600);

/** Probability that no unit fails in a time, exponential model. */
export const noFailureProbability = ({ units, mtbf }: FleetSetting, durationH: number): number => Math.exp((-units * durationH) / mtbf);

export interface AccelerationSetting {
  readonly activationEnergyEv: number;
  readonly referenceC: Celsius;
  readonly temperatureC: Celsius;
}

/** Arrhenius: AF = exp(Ea/k (1/T1 - 1/T2)). Telcordia GR-468, JEDEC JEP122. */
export const arrheniusFactor = ({ activationEnergyEv, referenceC, temperatureC }: AccelerationSetting): number =>
  Math.exp((activationEnergyEv / boltzmannEvPerK) * (1 / (referenceC + zeroCelsiusK) - 1 / (temperatureC + zeroCelsiusK)));

/** Weibull: F = 1 - exp(-(t/eta)^b). */
export const weibullCdf = ({ age, scale, shape }: { readonly age: number; readonly scale: number; readonly shape: number }): number => -Math.expm1(-((age / scale) ** shape));

/** Lognormal wear-out: F = Phi(ln(t/tm)/s) (GR-468 practice for lasers). */
export const lognormalCdf = ({ age, median, sigma }: { readonly age: number; readonly median: number; readonly sigma: number }): number =>
  age <= 0 ? 0 : normalCdf(Math.log(age / median) / sigma);

export interface Redundancy {
  readonly units: number;
  /** Units that must work. */
  readonly needed: number;
  /** Probability that one works. */
  readonly reliability: number;
}

/** Probability that at least `needed` of `units` like, independent units work. */
export const kOfNReliability = ({ units, needed, reliability }: Redundancy): number => binomialUpperTail({ trials: units, probability: reliability }, needed);

/** Probability that more channels fail than there are spares; exact where it is tiny. */
export const spareExhaustion = ({ channels, spares, failure }: { readonly channels: number; readonly spares: number; readonly failure: number }): number =>
  binomialUpperTail({ trials: channels, probability: failure }, spares + 1);

/** n like parts in series. */
export const seriesAvailability = ({ availability, parts }: { readonly availability: number; readonly parts: number }): number => availability ** parts;

export const steadyAvailability = ({ mtbf, repair }: { readonly mtbf: Hours; readonly repair: Hours }): number => mtbf / (mtbf + repair);

/** Young (CACM 1974): t = sqrt(2 d M), checkpoint time d, mean time between interruptions M. */
export const youngIntervalS = ({ checkpointS, interruptionS }: { readonly checkpointS: number; readonly interruptionS: number }): number =>
  Math.sqrt(2 * checkpointS * interruptionS);

export const interruptionIntervalH = ({ days, events }: { readonly days: number; readonly events: number }): Hours => quantity((days * 24) / events);

/** One count as a fraction of another that includes it. */
export const shareOf = ({ part, whole }: { readonly part: number; readonly whole: number }): number => part / whole;
