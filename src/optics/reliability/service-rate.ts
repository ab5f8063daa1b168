/** How often a part fails in service at a case temperature, averaged over its service life: the one figure that bills, studies and thermal outcomes share. */

import type { Figure } from '../../base/figure.ts';
import { weakestKind } from '../../base/figure.ts';
import type { Celsius } from '../../base/units.ts';
import { quantity } from '../../base/units.ts';
import { plainNumber } from '../../base/plain-number.ts';
import { arrheniusFactor } from '../formulas/reliability.ts';
import { activationEnergies, defaultReferenceC, serviceLifeH } from './evidence.ts';
import type { FailureModel } from './failure-model.ts';
import type { Mechanism, MechanismName, RateBasis, ReplaceableUnit } from './mechanism.ts';
import { accelerationAt, survivalOf } from './mechanism.ts';

export interface MechanismServiceRate {
  readonly name: MechanismName;
  readonly replaces: ReplaceableUnit;
  /** Per hour, mean over the service life. */
  readonly perH: number;
  readonly basis: RateBasis;
}

export interface ServiceRate {
  /** Hours between failures that exchange something; cleaning a connector exchanges nothing. */
  readonly mtbfH: Figure;
  readonly basis: RateBasis | 'mixed';
  /** Share of those failures that lasers cause, 0 to 1. */
  readonly laserShare: number;
  readonly mechanisms: readonly MechanismServiceRate[];
}

/** Mean rate of a mechanism over a service life at one temperature: -ln(survival)/life, exact for wear-out and for spares alike. */
export const meanRatePerH = (mechanism: Mechanism, temperatureC: Celsius, lifeH: number = serviceLifeH.value): number =>
  // Where nobody survives, the smallest number there is keeps the rate finite.
  -Math.log(Math.max(Number.MIN_VALUE, survivalOf(mechanism, lifeH * accelerationAt(mechanism, temperatureC)))) / lifeH;

const isLaser = (name: MechanismName): boolean => name === 'laser' || name === 'laserRandom' || name === 'laserWearOut';
const isExchange = ({ replaces }: { readonly replaces: ReplaceableUnit }): boolean => replaces !== 'connector';

/** The service rate of a part. At the reference case temperature it is the rate that the part's source states. */
export function serviceRateOf(model: FailureModel, temperatureC: Celsius): ServiceRate {
  const mechanisms = model.mechanisms.map((mechanism): MechanismServiceRate =>
    ({ name: mechanism.name, replaces: mechanism.replaces, perH: meanRatePerH(mechanism, temperatureC), basis: mechanism.basis }));
  const exchanges = mechanisms.filter(isExchange);
  const perH = exchanges.reduce((sum, rate) => sum + rate.perH, 0);
  const laserPerH = exchanges.reduce((sum, rate) => (isLaser(rate.name) ? sum + rate.perH : sum), 0);
  const bases = new Set(exchanges.map(({ basis }) => basis));
  const [basis = 'predicted'] = bases;
  return {
    mtbfH: {
      value: 1 / perH, unit: 'h', kind: weakestKind(model.mechanisms.filter(isExchange).map(({ kind }) => kind)),
      source: `${model.statedBy}; by mechanism at a case of ${plainNumber(Math.round(temperatureC * 10) / 10)} °C over ${plainNumber(serviceLifeH.value / 8760)} years`,
    },
    basis: bases.size > 1 ? 'mixed' : basis,
    laserShare: perH === 0 ? 0 : laserPerH / perH,
    mechanisms,
  };
}

/** How many times as often things fail at one case temperature as at another; by the general wear-out energy where no model is known. */
export function rateRatio(model: FailureModel | null, { nowC, endC }: { readonly nowC: Celsius; readonly endC: Celsius }): number {
  if (model === null) return generalAcceleration(endC) / generalAcceleration(nowC);
  return serviceRateOf(model, nowC).mtbfH.value / serviceRateOf(model, endC).mtbfH.value;
}

/** Arrhenius factor of electronics from the reference case temperature, for things the catalogue has no failure model of. */
export const generalAcceleration = (caseC: Celsius): number =>
  arrheniusFactor({ activationEnergyEv: activationEnergies.electronics.value, referenceC: quantity(defaultReferenceC.value), temperatureC: caseC });
