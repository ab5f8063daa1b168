/** Receivers: photodiode, amplifier noise, shot noise and the sensitivity that thermal noise alone would allow. */

import { elementaryChargeC, planckJs, speedOfLightMps } from '../../base/constants.ts';
import { milliwattsToDbm } from '../../base/levels.ts';
import type { Dbm } from '../../base/units.ts';
import { quantity } from '../../base/units.ts';
import type { Formula } from './formula.ts';
import { defineFormula, efficiency, input, nonNegative, positive } from './formula.ts';

/** R = eta q l/(h c), in A/W. Agrawal, Fiber-Optic Communication Systems (2010) sec. 4.1. */
export const responsivityAPerW = ({ quantumEfficiency, wavelengthNm }: { readonly quantumEfficiency: number; readonly wavelengthNm: number }): number =>
  (quantumEfficiency * elementaryChargeC * wavelengthNm * 1e-9) / (planckJs * speedOfLightMps);

/** Input-referred rms noise current of the transimpedance amplifier, white noise: i = in sqrt(B). Sackinger (2005). */
export const tiaNoiseUa = ({ densityPaPerRootHz, bandwidthGhz }: { readonly densityPaPerRootHz: number; readonly bandwidthGhz: number }): number =>
  densityPaPerRootHz * 1e-6 * Math.sqrt(bandwidthGhz * 1e9);

/** Shot noise of a current, rms: i = sqrt(2 q I B). Agrawal (2010) sec. 4.4. */
export const shotNoiseUa = ({ currentMa, bandwidthGhz }: { readonly currentMa: number; readonly bandwidthGhz: number }): number =>
  Math.sqrt(2 * elementaryChargeC * currentMa * 1e-3 * bandwidthGhz * 1e9) * 1e6;

export interface SensitivitySetting {
  /** Required eye Q. */
  readonly eyeQ: number;
  readonly noiseUa: number;
  readonly responsivityAPerW: number;
}

/** Outer OMA over half of one eye: a PAM4 eye is a third of the swing, and its half is what noise must cross. */
const pam4OmaPerHalfEye = 6;
const nrzOmaPerHalfEye = 2;

const thermalSensitivity = ({ eyeQ, noiseUa, responsivityAPerW: responsivity }: SensitivitySetting, omaPerHalfEye: number): Dbm =>
  milliwattsToDbm(quantity((omaPerHalfEye * eyeQ * noiseUa * 1e-3) / responsivity));

/** OMA_outer = 6 x i/R. Sackinger (2005), multi-level extension. */
export const pam4ThermalSensitivity = (setting: SensitivitySetting): Dbm => thermalSensitivity(setting, pam4OmaPerHalfEye);

/** OMA = 2 Q i/R. Agrawal (2010) sec. 4.6, Sackinger (2005). */
export const nrzThermalSensitivity = (setting: SensitivitySetting): Dbm => thermalSensitivity(setting, nrzOmaPerHalfEye);

const agrawal = 'G. P. Agrawal, Fiber-Optic Communication Systems (Wiley, 4th ed. 2010)';
const sackinger = 'E. Sackinger, Broadband Circuits for Optical Fiber Communication (Wiley 2005)';

export const receiverFormulas: readonly Formula[] = [
  defineFormula({
    name: 'responsivity', computes: 'photodiode responsivity', expression: 'R = eta*q*l/(h*c)',
    inputs: { eta: input('', efficiency), l: input('nm', positive) }, resultUnit: 'A/W', source: `${agrawal} sec. 4.1`,
    compute: ({ eta, l }) => responsivityAPerW({ quantumEfficiency: eta, wavelengthNm: l }),
  }),
  defineFormula({
    name: 'tia-noise-current', computes: 'TIA rms noise current', expression: 'i = in*sqrt(B)',
    inputs: { in: input('pA/sqrt(Hz)', nonNegative), B: input('GHz', positive) }, resultUnit: 'uA', source: sackinger,
    compute: (values) => tiaNoiseUa({ densityPaPerRootHz: values.in, bandwidthGhz: values.B }),
  }),
  defineFormula({
    name: 'pam4-thermal-sensitivity', computes: 'thermal-limited PAM4 sensitivity in OMA_outer', expression: 'OMA = 6*x*i/R',
    inputs: { x: input('', positive), i: input('uA', positive), R: input('A/W', positive) }, resultUnit: 'dBm', source: `${sackinger} (multi-level extension)`,
    compute: ({ x, i, R }) => pam4ThermalSensitivity({ eyeQ: x, noiseUa: i, responsivityAPerW: R }),
  }),
  defineFormula({
    name: 'nrz-thermal-sensitivity', computes: 'thermal-limited NRZ sensitivity in OMA', expression: 'OMA = 2*Q*i/R',
    inputs: { Q: input('', positive), i: input('uA', positive), R: input('A/W', positive) }, resultUnit: 'dBm', source: `${agrawal} sec. 4.6; ${sackinger}`,
    compute: ({ Q, i, R }) => nrzThermalSensitivity({ eyeQ: Q, noiseUa: i, responsivityAPerW: R }),
  }),
  defineFormula({
    name: 'shot-noise', computes: 'shot noise rms on one level', expression: 'i = sqrt(2*q*I*B)',
    inputs: { I: input('mA', nonNegative), B: input('GHz', positive) }, resultUnit: 'uA', source: `${agrawal} sec. 4.4`,
    compute: ({ I, B }) => shotNoiseUa({ currentMa: I, bandwidthGhz: B }),
  }),
];
