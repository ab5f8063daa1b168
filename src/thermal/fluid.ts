/** Streams of water and air: how many watts a flow carries per kelvin, and what is left of it when pumps or fans stop. */

import type { Figure } from '../base/figure.ts';
import { airflowM3PerS, coolantRiseK } from './formulas/heat.ts';
import { naturalFlowShare } from './package-type.ts';

/** Water with 25 % propylene glycol, the usual coolant of a technology loop. */
export const coolantProperties = {
  densityKgPerLitre: { value: 1.02, unit: 'kg/L', kind: 'estimate', source: 'handbook value of 25 % propylene glycol at 35 °C' },
  specificHeatKjPerKgK: { value: 3.9, unit: 'kJ/kg/K', kind: 'estimate', source: 'handbook value of 25 % propylene glycol at 35 °C' },
} as const satisfies Record<string, Figure>;

export const airProperties = {
  densityKgPerM3: { value: 1.14, unit: 'kg/m3', kind: 'published', source: 'dry air at 35 C and 1013 hPa: ideal gas' },
  specificHeatJPerKgK: { value: 1006, unit: 'J/kg/K', kind: 'published', source: 'dry air: 1005 J/kg/K (check H05) to 1007' },
} as const satisfies Record<string, Figure>;

/** Heat capacity rate m cp of a liquid flow, W/K: one kilowatt over the rise that it causes (formula `water-loop-rise`). */
export function coolantConductanceWPerK(flowLitresPerMinute: number): number {
  const { densityKgPerLitre, specificHeatKjPerKgK } = coolantProperties;
  return 1e3 / coolantRiseK({ heatKw: 1, flowLitresPerMinute, densityKgPerLitre: densityKgPerLitre.value, specificHeatKjPerKgK: specificHeatKjPerKgK.value });
}

/** Heat capacity rate of an airflow, W/K: the flow over the flow that carries one watt at one kelvin (formula `airflow`). */
export function airConductanceWPerK(flowM3PerS: number): number {
  return flowM3PerS / airflowM3PerS({ heatW: 1, densityKgPerM3: airProperties.densityKgPerM3.value, specificHeatJPerKgK: airProperties.specificHeatJPerKgK.value, riseK: 1 });
}

/** A flow's conductance at a share of its design flow; a stopped machine leaves natural convection. */
export const conductanceAtShareWPerK = ({ designWPerK, flowShare }: { readonly designWPerK: number; readonly flowShare: number }): number =>
  designWPerK * Math.max(flowShare, naturalFlowShare.value);
