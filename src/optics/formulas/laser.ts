/** Diode lasers: light against current and temperature, self-heating with rollover, efficiency and drift. */

import { dbmToMilliwatts } from '../../base/levels.ts';
import type { Refusal } from '../../base/refusal.ts';
import { isRefusal, refuse } from '../../base/refusal.ts';
import { quantity } from '../../base/units.ts';
import type { Formula } from './formula.ts';
import { anyNumber, celsius, defineFormula, efficiency, input, keyIssue, nonNegative, optionalInput, positive } from './formula.ts';

/** Temperature dependence of a laser around a reference temperature. */
export interface LaserParams {
  readonly thresholdMa: number;
  /** Characteristic temperature of the threshold, K. */
  readonly t0K: number;
  readonly slopeWPerA: number;
  /** Characteristic temperature of the slope, K. */
  readonly t1K: number;
  readonly referenceC: number;
  /** Diode voltage at no current. */
  readonly turnOnV: number;
  readonly seriesOhm: number;
}

/** Ith = Ith0 exp((T - Tref)/T0). Coldren, Corzine, Masanovic (2012) ch. 2. */
export const thresholdCurrentMa = (laser: Pick<LaserParams, 'thresholdMa' | 't0K' | 'referenceC'>, temperatureC: number): number =>
  laser.thresholdMa * Math.exp((temperatureC - laser.referenceC) / laser.t0K);

/** eta = eta0 exp(-(T - Tref)/T1). Coldren et al. (2012) ch. 2. */
export const slopeEfficiencyWPerA = (laser: Pick<LaserParams, 'slopeWPerA' | 't1K' | 'referenceC'>, temperatureC: number): number =>
  laser.slopeWPerA * Math.exp(-(temperatureC - laser.referenceC) / laser.t1K);

export interface LaserDrive {
  readonly currentMa: number;
  /** Junction temperature. */
  readonly temperatureC: number;
}

/** P = eta (I - Ith), and no light below threshold. mA times W/A is mW. Coldren et al. (2012) ch. 2. */
export const laserOutputMw = (laser: Pick<LaserParams, 'thresholdMa' | 't0K' | 'slopeWPerA' | 't1K' | 'referenceC'>, { currentMa, temperatureC }: LaserDrive): number =>
  slopeEfficiencyWPerA(laser, temperatureC) * Math.max(0, currentMa - thresholdCurrentMa(laser, temperatureC));

/** Electrical power of the diode, I (V0 + I Rs), in mW. */
export const laserElectricalMw = ({ turnOnV, seriesOhm }: Pick<LaserParams, 'turnOnV' | 'seriesOhm'>, currentMa: number): number =>
  currentMa * (turnOnV + currentMa * 1e-3 * seriesOhm);

export interface SelfHeatedLaser {
  readonly junctionC: number;
  readonly outputMw: number;
  readonly electricalMw: number;
  /** Heat that leaves through the submount. */
  readonly heatMw: number;
}

export interface SelfHeatingSetting {
  /** Temperature of the surface that the laser sits on. */
  readonly ambientC: number;
  readonly currentMa: number;
  readonly thermalResistanceKPerW: number;
}

const iterationMax = 20_000;
const convergedK = 1e-11;

/**
 * Junction temperature at which heat made and heat removed agree: Tj = Ta + Rth (I V - P(Tj)).
 *
 * Iteration from Ta climbs monotonically to the lowest solution, because a warmer junction makes less light and so more
 * heat; that is the one a real laser reaches when it is switched on. Refusals: `laser-rollover` when the light dies on
 * the way, `laser-below-threshold` when there is none even at ambient, `laser-creates-energy` when the parameters give
 * more light than electrical power.
 */
export function selfHeatedLaser(laser: LaserParams, { ambientC, currentMa, thermalResistanceKPerW }: SelfHeatingSetting): SelfHeatedLaser | Refusal {
  const electricalMw = laserElectricalMw(laser, currentMa);
  let junctionC = ambientC;
  let outputMw = laserOutputMw(laser, { currentMa, temperatureC: junctionC });
  if (outputMw <= 0) {
    return refuse('laser-below-threshold', 'never', `At ${ambientC} °C the threshold is ${thresholdCurrentMa(laser, ambientC).toPrecision(4)} mA, above the drive of I = ${currentMa} mA: no laser light.`);
  }
  if (outputMw >= electricalMw) {
    return refuse('laser-creates-energy', 'never', `These parameters give ${outputMw.toPrecision(4)} mW of light from ${electricalMw.toPrecision(4)} mW of electrical power.`);
  }
  for (let round = 0; round < iterationMax; round++) {
    const nextC = ambientC + thermalResistanceKPerW * (electricalMw - outputMw) * 1e-3;
    const stepK = nextC - junctionC;
    junctionC = nextC;
    outputMw = laserOutputMw(laser, { currentMa, temperatureC: junctionC });
    if (outputMw <= 0) break;
    if (Math.abs(stepK) < convergedK) return { junctionC, outputMw, electricalMw, heatMw: electricalMw - outputMw };
  }
  return refuse(
    'laser-rollover', 'never',
    `At I = ${currentMa} mA and Ta = ${ambientC} °C self-heating through ${thermalResistanceKPerW} K/W drives the laser past rollover: its own heat puts out its light (junction above ${junctionC.toFixed(1)} °C).`,
  );
}

/** Wall-plug efficiency: light out over electrical power in. */
export const wallPlugEfficiency = (laser: Pick<LaserParams, 'turnOnV' | 'seriesOhm'>, { outputMw, currentMa }: { readonly outputMw: number; readonly currentMa: number }): number =>
  outputMw / laserElectricalMw(laser, currentMa);

export const laserElectricalForLightMw = ({ opticalMw, efficiency: wallPlug }: { readonly opticalMw: number; readonly efficiency: number }): number => opticalMw / wallPlug;

/** Drift of a DFB line: about 0.09 nm/K at 1310 nm. */
export const lineDriftNm = ({ driftNmPerK, temperatureStepK }: { readonly driftNmPerK: number; readonly temperatureStepK: number }): number => driftNmPerK * temperatureStepK;

/** Half of the 13 nm passband that CWDM4 allows a line (100G Lambda and CWDM4 MSA). */
export const cwdmHalfWindowNm = 6.5;

const coldren = 'Coldren, Corzine, Masanovic, Diode Lasers and Photonic Integrated Circuits (Wiley 2012), ch. 2';

const selfHeatingInputs = {
  Ta: input('C', celsius), I: input('mA', positive), Rth: input('K/W', nonNegative),
  Ith0: optionalInput('mA', positive, 10), T0: optionalInput('K', positive, 60), eta0: optionalInput('W/A', positive, 0.3), T1: optionalInput('K', positive, 150),
  Tref: optionalInput('C', celsius, 25), V0: optionalInput('V', nonNegative, 1), Rs: optionalInput('ohm', nonNegative, 4),
};

const solveSelfHeating = (values: Readonly<Record<keyof typeof selfHeatingInputs, number>>): SelfHeatedLaser | Refusal =>
  selfHeatedLaser(
    { thresholdMa: values.Ith0, t0K: values.T0, slopeWPerA: values.eta0, t1K: values.T1, referenceC: values.Tref, turnOnV: values.V0, seriesOhm: values.Rs },
    { ambientC: values.Ta, currentMa: values.I, thermalResistanceKPerW: values.Rth },
  );

export const laserFormulas: readonly Formula[] = [
  defineFormula({
    name: 'laser-threshold', computes: 'laser threshold current at a temperature', expression: 'Ith = Ith0*exp((T-Tref)/T0)',
    inputs: { Ith0: input('mA', positive), T: input('C', celsius), Tref: input('C', celsius), T0: input('K', positive) }, resultUnit: 'mA',
    source: `${coldren}; T0 about 60 K typical for 1.3 um InGaAsP, 150 K strained-layer device (Electron. Lett. abstract)`,
    compute: ({ Ith0, T, Tref, T0 }) => thresholdCurrentMa({ thresholdMa: Ith0, t0K: T0, referenceC: Tref }, T),
  }),
  defineFormula({
    name: 'laser-slope', computes: 'laser slope efficiency at a temperature', expression: 'eta = eta0*exp(-(T-Tref)/T1)',
    inputs: { eta0: input('W/A', positive), T: input('C', celsius), Tref: input('C', celsius), T1: input('K', positive) }, resultUnit: 'W/A', source: coldren,
    compute: ({ eta0, T, Tref, T1 }) => slopeEfficiencyWPerA({ slopeWPerA: eta0, t1K: T1, referenceC: Tref }, T),
  }),
  defineFormula({
    name: 'laser-output', computes: 'laser output power at a junction temperature', expression: 'P = eta*(I-Ith), 0 below threshold',
    inputs: {
      I: input('mA', nonNegative), T: input('C', celsius), Ith0: input('mA', positive), T0: input('K', positive),
      eta0: input('W/A', positive), T1: input('K', positive), Tref: input('C', celsius),
    },
    resultUnit: 'mW', source: coldren,
    compute: ({ I, T, Ith0, T0, eta0, T1, Tref }) => laserOutputMw({ thresholdMa: Ith0, t0K: T0, slopeWPerA: eta0, t1K: T1, referenceC: Tref }, { currentMa: I, temperatureC: T }),
    remark: (value) => (value === 0 ? 'The drive current I is below threshold: no laser light.' : undefined),
  }),
  defineFormula({
    name: 'wall-plug-efficiency', computes: 'laser wall-plug efficiency', expression: 'WPE = P/(I*(V0+I*Rs))',
    inputs: { P: input('mW', nonNegative), I: input('mA', positive), V0: input('V', nonNegative), Rs: input('ohm', nonNegative) }, resultUnit: '', source: coldren,
    compute: ({ P, I, V0, Rs }) => wallPlugEfficiency({ turnOnV: V0, seriesOhm: Rs }, { outputMw: P, currentMa: I }),
    check: ({ P, I, V0, Rs }) => {
      const electricalMw = laserElectricalMw({ turnOnV: V0, seriesOhm: Rs }, I);
      return P <= electricalMw && electricalMw > 0 ? [] : [keyIssue('P', `The light exceeds the electrical power of ${electricalMw.toPrecision(4)} mW`, 'Lower P, or raise I, V0 or Rs', P)];
    },
  }),
  defineFormula({
    name: 'laser-junction-temperature', computes: 'self-heated junction temperature (fixed point)', expression: 'Tj = Ta + Rth*(I*V - P(Tj)), P = eta*(I-Ith), V = V0 + Rs*I',
    inputs: selfHeatingInputs, resultUnit: 'C', source: coldren,
    compute: (values) => {
      const laser = solveSelfHeating(values);
      return isRefusal(laser) ? laser : laser.junctionC;
    },
  }),
  defineFormula({
    name: 'laser-self-heated-output', computes: 'self-heated output power', expression: 'P(Tj), Tj = Ta + Rth*(I*V - P(Tj))',
    inputs: selfHeatingInputs, resultUnit: 'mW', source: coldren,
    compute: (values) => {
      const laser = solveSelfHeating(values);
      return isRefusal(laser) ? laser : laser.outputMw;
    },
  }),
  defineFormula({
    name: 'dfb-drift', computes: 'DFB drift against the CWDM window', expression: 'dl = k*dT; inside if |dl| < 6.5 nm',
    inputs: { k: input('nm/K', nonNegative), dT: input('K', anyNumber) }, resultUnit: 'nm', source: 'CWDM4 window 13 nm (100G Lambda/CWDM4 MSA); DFB drift about 0.09 nm/K',
    compute: ({ k, dT }) => lineDriftNm({ driftNmPerK: k, temperatureStepK: dT }),
    remark: (value) => (Math.abs(value) < cwdmHalfWindowNm ? 'Inside the CWDM window of +-6.5 nm.' : 'Outside the CWDM window of +-6.5 nm.'),
  }),
  defineFormula({
    name: 'laser-electrical-power', computes: 'electrical power for required light', expression: 'P_el = P_opt/WPE',
    inputs: { P_opt: input('dBm', anyNumber), WPE: input('', efficiency) }, resultUnit: 'mW', source: 'definition',
    compute: ({ P_opt, WPE }) => laserElectricalForLightMw({ opticalMw: dbmToMilliwatts(quantity(P_opt)), efficiency: WPE }),
  }),
];
