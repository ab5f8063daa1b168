/** What a fabric costs to buy and to run over some years. */

import { hoursPerYear } from '../base/constants.ts';
import type { Figure } from '../base/figure.ts';
import type { Bill } from '../fabric/bill.ts';
import type { Ownership } from './compare-result.ts';

export interface RunningTerms {
  readonly years: number;
  readonly usdPerKwh: Figure;
}

/** Terms of a study that states none. */
export const defaultRunning: RunningTerms = {
  years: 4,
  usdPerKwh: { value: 0.08, unit: '$/kWh', kind: 'estimate', source: 'industrial price of recent years in the United States, rounded (EIA Electric Power Monthly)' },
};

const wattsPerKw = 1000;

/** Electricity at full load all year, drawn at the meter of the site: power x PUE x hours x price. */
export function ownershipOf(bill: Bill, { years, usdPerKwh, pue }: RunningTerms & { readonly pue: number }): Ownership {
  const electricityUsd = (powerW: number): number => (powerW / wattsPerKw) * pue * hoursPerYear * years * usdPerKwh.value;
  const facilityPowerKw = (bill.clusterPowerW.value / wattsPerKw) * pue;
  const fabricElectricityUsd = electricityUsd(bill.fabricPowerW.value);
  return {
    years, usdPerKwh, pue, fabricElectricityUsd, fabricTotalUsd: bill.fabricCostUsd.value + fabricElectricityUsd,
    clusterElectricityUsd: electricityUsd(bill.clusterPowerW.value), facilityPowerKw, facilityMwhPerYear: (facilityPowerKw * hoursPerYear) / 1000,
  };
}
