/** Wavelengths, frequencies and levels of light. */

import { speedOfLightMps } from '../../base/constants.ts';
import { dbmToMilliwatts } from '../../base/levels.ts';
import { quantity } from '../../base/units.ts';
import type { Formula } from './formula.ts';
import { anyNumber, defineFormula, input, positive } from './formula.ts';

/** 0.1 nm at 1550 nm, the bandwidth in which OSNR is quoted. */
export const opticalReferenceBandwidthGhz = 12.5;

/** f = c/l; m/s divided by nm is GHz. */
export const frequencyGhz = (wavelengthNm: number): number => speedOfLightMps / wavelengthNm;
export const wavelengthNm = (frequencyInGhz: number): number => speedOfLightMps / frequencyInGhz;

/** Exact frequency step from one wavelength up to another; negative when the second is the shorter. */
export const wavelengthStepToFrequencyGhz = ({ fromNm, toNm }: { readonly fromNm: number; readonly toNm: number }): number =>
  frequencyGhz(fromNm) - frequencyGhz(toNm);

/** Small frequency step as a wavelength step: dl = l^2 df/c (ITU-T G.694.1 grids). */
export const frequencyStepToWavelengthNm = ({ atNm, stepGhz }: { readonly atNm: number; readonly stepGhz: number }): number =>
  (atNm * atNm * stepGhz) / speedOfLightMps;

/** Small wavelength step as a frequency step, magnitudes: df = c dl/l^2. */
export const wavelengthStepAtGhz = ({ atNm, stepNm }: { readonly atNm: number; readonly stepNm: number }): number =>
  (speedOfLightMps * stepNm) / (atNm * atNm);

export const spectrumFormulas: readonly Formula[] = [
  defineFormula({
    name: 'dbm-to-mw', computes: 'level in dBm as power in mW', expression: 'P_mW = 10^(P_dBm/10)',
    inputs: { P: input('dBm', anyNumber) }, resultUnit: 'mW', source: 'definition',
    compute: ({ P }) => dbmToMilliwatts(quantity(P)),
  }),
  defineFormula({
    name: 'wavelength-step-to-frequency', computes: 'wavelength step to frequency step (exact)', expression: 'df = c/l1 - c/l2',
    inputs: { l1: input('nm', positive), l2: input('nm', positive) }, resultUnit: 'GHz',
    source: 'definition; the OCI MSA v1.0 forward grid (2026) has a spacing close to 400 GHz',
    compute: ({ l1, l2 }) => wavelengthStepToFrequencyGhz({ fromNm: l1, toNm: l2 }),
  }),
  defineFormula({
    name: 'frequency-step-to-wavelength', computes: 'small frequency step in nm', expression: 'dl = l^2*df/c',
    inputs: { l: input('nm', positive), df: input('GHz', anyNumber) }, resultUnit: 'nm', source: 'definition (ITU-T G.694.1 grids)',
    compute: ({ l, df }) => frequencyStepToWavelengthNm({ atNm: l, stepGhz: df }),
  }),
];
