/** Everything known about how one part fails at a case temperature and an age: mechanisms, rates, spares, repair, flaps. */

import type { EvidenceKind } from '../../base/figure.ts';
import { hoursPerYear } from '../../base/constants.ts';
import type { Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import type { Celsius } from '../../base/units.ts';
import { quantity } from '../../base/units.ts';
import type { Part } from '../part.ts';
import { annualFailureFraction, mtbfToFit } from '../formulas/reliability.ts';
import type { LifeDistribution } from './distribution.ts';
import { serviceLifeH } from './evidence.ts';
import type { FailureSetting } from './failure-model.ts';
import { failureModelOf } from './failure-model.ts';
import { fleetFailures } from './fleet.ts';
import { flapProbability, meanFlaps } from './flap.ts';
import type { MechanismName, RateBasis, ReplaceableUnit } from './mechanism.ts';
import { accelerationAt, survivalOf } from './mechanism.ts';
import { serviceRateOf } from './service-rate.ts';

export interface PartFailureQuestion extends FailureSetting {
  readonly part: Part;
  readonly temperatureC: Celsius;
  readonly ageYears: number;
  /** How many of what the rate is counted per. */
  readonly count: number;
}

export interface MechanismFailures {
  readonly name: MechanismName;
  readonly units: number;
  readonly spares: number;
  readonly life: LifeDistribution;
  readonly activationEnergyEv: number;
  readonly referenceC: Celsius;
  /** How much faster time runs than at the reference. */
  readonly acceleration: number;
  /** Failures in 10^9 hours among parts of this age. */
  readonly fitNow: number;
  /** The same, averaged over the service life. */
  readonly fitInService: number;
  /** Probability that the mechanism has spared the part for the service life. */
  readonly survival: number;
  readonly replaces: ReplaceableUnit;
  readonly repairH: number;
  readonly basis: RateBasis;
  readonly kind: EvidenceKind;
  readonly source: string;
}

export interface PartFailures {
  readonly partId: string;
  /** What the rates are counted per. */
  readonly per: string;
  readonly temperatureC: Celsius;
  readonly ageYears: number;
  readonly serviceYears: number;
  readonly count: number;
  readonly mechanisms: readonly MechanismFailures[];
  /** Hours between failures that exchange something: mean over the service life, and among parts of this age. */
  readonly mtbfInServiceH: number;
  readonly mtbfNowH: number;
  readonly annualFailureShare: number;
  readonly laserShare: number;
  readonly basis: RateBasis | 'mixed';
  /** Of the whole count at this age, cleanings included. */
  readonly failuresPerDay: number;
  readonly repairHoursPerDay: number;
  readonly down: number;
  readonly flaps: { readonly perDay: number; readonly meanIntervalH: number; readonly shareOfLinksInAYear: number; readonly basis: RateBasis; readonly source: string } | null;
  readonly source: string;
}

/** Issues: those of `failureModelOf`, and `bad-exposure` for ages, counts and temperatures that cannot be. */
export function partFailures({ part, temperatureC, ageYears, count, ...setting }: PartFailureQuestion): Parsed<PartFailures> {
  const read = failureModelOf(part, setting);
  if (!read.ok) return read;
  const model = read.value;
  const exposure = { ageH: ageYears * hoursPerYear, temperatureC };
  const fleet = fleetFailures([{ model, count: 1, exposure }], 'label');
  const whole = fleetFailures([{ model, count, exposure }], 'label');
  if (!fleet.ok) return fleet;
  if (!whole.ok) return whole;
  const service = serviceRateOf(model, temperatureC);
  const mechanisms = model.mechanisms.map((mechanism, row): MechanismFailures => {
    const { name, units, spares, life, activationEnergyEv, referenceC, replaces, repairH, basis, kind, source } = mechanism;
    const acceleration = accelerationAt(mechanism, temperatureC);
    return {
      name, units, spares, life, activationEnergyEv, referenceC, acceleration, replaces, repairH, basis, kind, source,
      fitNow: ((fleet.value.byMechanism.find((rate) => rate.name === name)?.failuresPerDay ?? 0) / 24) * 1e9,
      fitInService: (service.mechanisms[row]?.perH ?? 0) * 1e9,
      survival: survivalOf(mechanism, serviceLifeH.value * acceleration),
    };
  });
  const exchangesFit = mechanisms.reduce((sum, { replaces, fitNow }) => (replaces === 'connector' ? sum : sum + fitNow), 0);
  const { flap } = model;
  return parsed({
    partId: part.id, per: model.per, temperatureC, ageYears, serviceYears: serviceLifeH.value / hoursPerYear, count, mechanisms,
    mtbfInServiceH: service.mtbfH.value, mtbfNowH: mtbfToFit(quantity(exchangesFit)), annualFailureShare: annualFailureFraction(quantity(service.mtbfH.value)),
    laserShare: service.laserShare, basis: service.basis, failuresPerDay: whole.value.failuresPerDay, repairHoursPerDay: whole.value.repairHoursPerDay, down: whole.value.partsDown,
    flaps: flap === null ? null : {
      perDay: count * meanFlaps(flap, 24), meanIntervalH: flap.meanIntervalH, shareOfLinksInAYear: flapProbability(flap, hoursPerYear), basis: flap.basis, source: flap.interval.source,
    },
    source: service.mtbfH.source,
  });
}
