/** Heat through resistances, into air and into water, and the facility power it costs. */

import { hoursPerYear } from '../../base/constants.ts';
import type { Celsius, Kelvins } from '../../base/units.ts';
import { quantity } from '../../base/units.ts';
import type { Formula } from '../../optics/formulas/formula.ts';
import { celsius, countFrom, defineFormula, input, nonNegative, positive } from '../../optics/formulas/formula.ts';

export interface RcStepSetting {
  readonly ambientC: Celsius;
  readonly powerW: number;
  readonly resistanceKPerW: number;
  readonly capacityJPerK: number;
  readonly timeS: number;
}

/** One lumped node warmed from ambient by a power step: T = Ta + P R (1 - exp(-t/RC)). JEDEC JESD51. */
export const rcStepC = ({ ambientC, powerW, resistanceKPerW, capacityJPerK, timeS }: RcStepSetting): Celsius =>
  quantity(ambientC - powerW * resistanceKPerW * Math.expm1(-timeS / (resistanceKPerW * capacityJPerK)));

/** Steady temperature above a boundary through resistances in series. JEDEC JESD51. */
export const seriesTemperatureC = ({ ambientC, powerW, resistancesKPerW }: { readonly ambientC: Celsius; readonly powerW: number; readonly resistancesKPerW: readonly number[] }): Celsius =>
  quantity(ambientC + powerW * resistancesKPerW.reduce((sum, resistance) => sum + resistance, 0));

/** One row of a thermal resistance matrix: each source warms the node through its own resistance. JESD51. */
export interface HeatSource {
  readonly powerW: number;
  /** Self resistance for the node's own power, mutual resistance for a neighbour's. */
  readonly resistanceKPerW: number;
}

export const coupledTemperatureC = (ambientC: Celsius, sources: readonly HeatSource[]): Celsius =>
  quantity(sources.reduce<number>((sum, { powerW, resistanceKPerW }) => sum + powerW * resistanceKPerW, ambientC));

export interface CoolantSetting {
  readonly heatKw: number;
  readonly flowLitresPerMinute: number;
  readonly densityKgPerLitre: number;
  readonly specificHeatKjPerKgK: number;
}

/** Energy balance of a liquid loop: dT = P/(m cp). */
export const coolantRiseK = ({ heatKw, flowLitresPerMinute, densityKgPerLitre, specificHeatKjPerKgK }: CoolantSetting): Kelvins =>
  quantity(heatKw / (((flowLitresPerMinute * densityKgPerLitre) / 60) * specificHeatKjPerKgK));

export interface AirflowSetting {
  readonly heatW: number;
  readonly densityKgPerM3: number;
  readonly specificHeatJPerKgK: number;
  readonly riseK: number;
}

/** Energy balance of air: V = P/(rho cp dT), in m^3/s (ASHRAE). */
export const airflowM3PerS = ({ heatW, densityKgPerM3, specificHeatJPerKgK, riseK }: AirflowSetting): number => heatW / (densityKgPerM3 * specificHeatJPerKgK * riseK);

/** Power usage effectiveness multiplies IT power (ISO/IEC 30134-2). */
export const facilityPowerW = ({ itPowerW, pue }: { readonly itPowerW: number; readonly pue: number }): number => itPowerW * pue;

/** Energy of a constant power over a year of 8760 h. */
export const annualEnergyKwh = (powerW: number): number => (powerW * hoursPerYear) / 1e3;

const effectiveness = { says: 'at least 1, because a facility draws at least what its IT draws', holds: (value: number): boolean => value >= 1 };
const jesd51 = 'JEDEC JESD51';
const iso30134 = 'ISO/IEC 30134-2';

export const heatFormulas: readonly Formula[] = [
  defineFormula({
    name: 'rc-step', computes: 'step response of one lumped thermal node', expression: 'T = Ta + P*R*(1-exp(-t/(R*C)))',
    inputs: { Ta: input('C', celsius), P: input('W', nonNegative), R: input('K/W', positive), C: input('J/K', positive), t: input('s', nonNegative) }, resultUnit: 'C',
    source: `${jesd51} lumped network`,
    compute: ({ Ta, P, R, C, t }) => rcStepC({ ambientC: quantity(Ta), powerW: P, resistanceKPerW: R, capacityJPerK: C, timeS: t }),
  }),
  defineFormula({
    name: 'series-thermal', computes: 'steady temperature through two resistances in series', expression: 'Tj = Ta + P*(R1+R2)',
    inputs: { Ta: input('C', celsius), P: input('W', nonNegative), R1: input('K/W', nonNegative), R2: input('K/W', nonNegative) }, resultUnit: 'C', source: jesd51,
    compute: ({ Ta, P, R1, R2 }) => seriesTemperatureC({ ambientC: quantity(Ta), powerW: P, resistancesKPerW: [R1, R2] }),
  }),
  defineFormula({
    name: 'coupled-thermal', computes: 'temperature of node 1 with a neighbour coupled through Rmut', expression: 'T1 = Ta + Rself*P1 + Rmut*P2',
    inputs: { Ta: input('C', celsius), Rself: input('K/W', nonNegative), Rmut: input('K/W', nonNegative), P1: input('W', nonNegative), P2: input('W', nonNegative) }, resultUnit: 'C',
    source: 'thermal resistance matrix (JESD51)',
    compute: ({ Ta, Rself, Rmut, P1, P2 }) => coupledTemperatureC(quantity(Ta), [{ powerW: P1, resistanceKPerW: Rself }, { powerW: P2, resistanceKPerW: Rmut }]),
  }),
  defineFormula({
    name: 'water-loop-rise', computes: 'water loop temperature rise', expression: 'dT = P/(m*cp), m = flow*rho/60',
    inputs: { P: input('kW', nonNegative), flow: input('L/min', positive), cp: input('kJ/kg/K', positive), rho: input('kg/L', positive) }, resultUnit: 'K', source: 'energy balance',
    compute: ({ P, flow, cp, rho }) => coolantRiseK({ heatKw: P, flowLitresPerMinute: flow, densityKgPerLitre: rho, specificHeatKjPerKgK: cp }),
  }),
  defineFormula({
    name: 'airflow', computes: 'airflow for a heat load', expression: 'V = P/(rho*cp*dT)',
    inputs: { P: input('kW', nonNegative), rho: input('kg/m3', positive), cp: input('J/kg/K', positive), dT: input('K', positive) }, resultUnit: 'm3/s', source: 'energy balance (ASHRAE)',
    compute: ({ P, rho, cp, dT }) => airflowM3PerS({ heatW: P * 1e3, densityKgPerM3: rho, specificHeatJPerKgK: cp, riseK: dT }),
  }),
  defineFormula({
    name: 'facility-energy', computes: 'annual facility energy of a fleet of modules', expression: 'E_kWh = N*P*PUE*8760/1000',
    inputs: { N: input('modules', countFrom(0)), P: input('W', nonNegative), PUE: input('', effectiveness) }, resultUnit: 'kWh/yr', source: `${iso30134} PUE definition`,
    compute: ({ N, P, PUE }) => annualEnergyKwh(facilityPowerW({ itPowerW: N * P, pue: PUE })),
  }),
  defineFormula({
    name: 'fleet-power-saving', computes: 'facility power saved by changing the power of N ports', expression: 'dP = N*(P1-P2)*PUE',
    inputs: { N: input('ports', countFrom(0)), P1: input('W', nonNegative), P2: input('W', nonNegative), PUE: input('', effectiveness) }, resultUnit: 'MW',
    source: `${iso30134}; NVIDIA GTC 2025 port powers`,
    compute: ({ N, P1, P2, PUE }) => facilityPowerW({ itPowerW: N * (P1 - P2), pue: PUE }) / 1e6,
  }),
];
