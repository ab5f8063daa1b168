/** Micro-rings: resonance, filter shape, drift with temperature and the heater that follows it. */

import { dbToRatio, ratioToDb } from '../../base/levels.ts';
import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import type { Db } from '../../base/units.ts';
import type { Formula } from './formula.ts';
import { anyNumber, countWithin, defineFormula, input, nonNegative, optionalInput, positive } from './formula.ts';
import { outOfBandCrosstalkPenalty } from './noise.ts';
import { eyeQMargin, tdecqEyeQ } from './signal.ts';
import { wavelengthStepAtGhz } from './spectrum.ts';

export interface Detuning {
  /** Distance from the resonance. */
  readonly detuningGhz: number;
  /** Full width at half maximum of the resonance. */
  readonly fwhmGhz: number;
}

/** Lorentzian power transmission of the drop port, 1 on resonance: T = 1/(1 + (2 df/FWHM)^2). Bogaerts et al. (2012). */
export function ringTransmission({ detuningGhz, fwhmGhz }: Detuning): number {
  const widths = (2 * detuningGhz) / fwhmGhz;
  return 1 / (1 + widths * widths);
}

/** The loss of a line that sits beside the resonance, in dB. */
export const ringDetuningLoss = (detuning: Detuning): Db => ratioToDb(1 / ringTransmission(detuning));

/** The detuning that costs this loss, the inverse of `ringDetuningLoss`. */
export const detuningAtLossGhz = ({ loss, fwhmGhz }: { readonly loss: Db; readonly fwhmGhz: number }): number => (fwhmGhz / 2) * Math.sqrt(dbToRatio(loss) - 1);

export interface RingDriftSetting {
  readonly wavelengthNm: number;
  readonly groupIndex: number;
  /** Thermo-optic change of the effective index, 1/K. */
  readonly indexPerK: number;
}

/** dl/dT = (l/ng) dneff/dT. Bogaerts et al. (2012). */
export const ringDriftNmPerK = ({ wavelengthNm, groupIndex, indexPerK }: RingDriftSetting): number => (wavelengthNm / groupIndex) * indexPerK;

/** FSR = l^2/(ng 2 pi r). Bogaerts et al. (2012). */
export const freeSpectralRangeNm = ({ wavelengthNm, groupIndex, radiusUm }: { readonly wavelengthNm: number; readonly groupIndex: number; readonly radiusUm: number }): number =>
  (wavelengthNm * wavelengthNm) / (groupIndex * 2 * Math.PI * radiusUm * 1e3);

/** FWHM = l/Q, loaded Q. */
export const ringLinewidthNm = ({ wavelengthNm, loadedQ }: { readonly wavelengthNm: number; readonly loadedQ: number }): number => wavelengthNm / loadedQ;

export interface HeaterSetting {
  /** Power that moves the resonance by one free spectral range. */
  readonly powerPerFsrMw: number;
  readonly shiftNm: number;
  readonly fsrNm: number;
}

/** Linear thermo-optic heater: P = P_FSR dl/FSR. */
export const heaterPowerMw = ({ powerPerFsrMw, shiftNm, fsrNm }: HeaterSetting): number => (powerPerFsrMw * shiftNm) / fsrNm;

export interface HeaterRangeSetting {
  readonly powerMaxMw: number;
  readonly efficiencyNmPerMw: number;
  readonly driftNmPerK: number;
}

/** How far the ambient may move before the heater runs out: dT = P_max eff/(dl/dT). */
export const heaterRangeK = ({ powerMaxMw, efficiencyNmPerMw, driftNmPerK }: HeaterRangeSetting): number => (powerMaxMw * efficiencyNmPerMw) / driftNmPerK;

/** Sum of Lorentzian leaks of neighbours at multiples of the spacing, `pairs` on either side of the channel. */
export function neighbourLeak({ spacingGhz, fwhmGhz, pairs }: { readonly spacingGhz: number; readonly fwhmGhz: number; readonly pairs: number }): number {
  let leak = 0;
  for (let step = pairs; step >= 1; step--) leak += 2 * ringTransmission({ detuningGhz: step * spacingGhz, fwhmGhz });
  return leak;
}

/** Neighbours of the centre channel counted in pairs; with an even count the one furthest out, which has no partner, is left out. */
export const neighbourPairs = (channels: number): number => Math.floor((channels - 1) / 2);

export interface TemperatureMarginSetting {
  readonly eyeQ: number;
  readonly fwhmGhz: number;
  readonly driftGhzPerK: number;
}

/** Open-loop temperature error that detunes a ring until no margin over Qt = 3.414 is left. Refuses with `no-margin`. */
export function ringTemperatureMarginK({ eyeQ, fwhmGhz, driftGhzPerK }: TemperatureMarginSetting): number | Refusal {
  const margin = eyeQMargin({ eyeQ, requiredEyeQ: tdecqEyeQ });
  if (!(margin >= 0)) return refuse('no-margin', 'never', `An eye Q of ${eyeQ} is below the ${tdecqEyeQ} that the link needs, so no margin is left for temperature.`);
  return detuningAtLossGhz({ loss: margin, fwhmGhz }) / driftGhzPerK;
}

const bogaerts = 'W. Bogaerts et al., Silicon microring resonators, Laser & Photonics Reviews 6 (2012)';
/** Channels on one fibre beyond this are no channel plan. */
const channelCountMax = 10_000;

export const ringFormulas: readonly Formula[] = [
  defineFormula({
    name: 'ring-adjacent-rejection', computes: 'ring drop-filter transmission of an adjacent channel', expression: 'T = 1/(1+(2*df/FWHM)^2)',
    inputs: { df: input('GHz', anyNumber), FWHM: input('GHz', positive) }, resultUnit: 'dB', source: bogaerts,
    compute: ({ df, FWHM }) => ratioToDb(ringTransmission({ detuningGhz: df, fwhmGhz: FWHM })),
  }),
  defineFormula({
    name: 'ring-detuning-loss', computes: 'ring filter detuning loss', expression: 'L = 10*log10(1+(2*d/FWHM)^2)',
    inputs: { d: input('GHz', anyNumber), FWHM: input('GHz', positive) }, resultUnit: 'dB', source: bogaerts,
    compute: ({ d, FWHM }) => ringDetuningLoss({ detuningGhz: d, fwhmGhz: FWHM }),
  }),
  defineFormula({
    name: 'ring-drift', computes: 'ring resonance drift per kelvin', expression: 'dl/dT = l/ng*dneff/dT',
    inputs: { l: input('nm', positive), ng: input('', positive), dneff_dT: input('1/K', anyNumber) }, resultUnit: 'nm/K', source: bogaerts,
    compute: ({ l, ng, dneff_dT }) => ringDriftNmPerK({ wavelengthNm: l, groupIndex: ng, indexPerK: dneff_dT }),
  }),
  defineFormula({
    name: 'ring-drift-frequency', computes: 'ring drift in GHz per kelvin (magnitude)', expression: 'df/dT = c/l^2*|dl/dT|',
    inputs: { l: input('nm', positive), dl_dT: input('nm/K', anyNumber) }, resultUnit: 'GHz/K', source: 'definition; 0.06-0.11 nm/K is the published silicon-ring range',
    compute: ({ l, dl_dT }) => wavelengthStepAtGhz({ atNm: l, stepNm: Math.abs(dl_dT) }),
  }),
  defineFormula({
    name: 'free-spectral-range', computes: 'free spectral range of a ring', expression: 'FSR = l^2/(ng*2*pi*r)',
    inputs: { l: input('nm', positive), ng: input('', positive), r: input('um', positive) }, resultUnit: 'nm', source: bogaerts,
    compute: ({ l, ng, r }) => freeSpectralRangeNm({ wavelengthNm: l, groupIndex: ng, radiusUm: r }),
  }),
  defineFormula({
    name: 'ring-linewidth', computes: 'ring linewidth (FWHM) from loaded Q', expression: 'FWHM = l/Q',
    inputs: { l: input('nm', positive), Q: input('', positive) }, resultUnit: 'nm', source: bogaerts,
    compute: ({ l, Q }) => ringLinewidthNm({ wavelengthNm: l, loadedQ: Q }),
  }),
  defineFormula({
    name: 'heater-power', computes: 'heater power for a resonance shift', expression: 'P = P_FSR*dl/FSR',
    inputs: { P_FSR: input('mW', nonNegative), dl: input('nm', nonNegative), FSR: input('nm', positive) }, resultUnit: 'mW',
    source: 'linear thermo-optic heater model; 25 mW per FSR is an assumption for a non-undercut heater',
    compute: ({ P_FSR, dl, FSR }) => heaterPowerMw({ powerPerFsrMw: P_FSR, shiftNm: dl, fsrNm: FSR }),
  }),
  defineFormula({
    name: 'heater-temperature-range', computes: 'ambient range a heater can absorb', expression: 'dT = P_max*eff/(dl/dT)',
    inputs: { P_max: input('mW', nonNegative), eff: input('nm/mW', nonNegative), dl_dT: input('nm/K', positive) }, resultUnit: 'K', source: 'linear thermo-optic heater model',
    compute: ({ P_max, eff, dl_dT }) => heaterRangeK({ powerMaxMw: P_max, efficiencyNmPerMw: eff, driftNmPerK: dl_dT }),
  }),
  defineFormula({
    name: 'wdm-crosstalk-penalty', computes: 'out-of-band crosstalk power penalty of the centre channel',
    expression: 'e = sum of T(m*spacing), m = 1..floor((n-1)/2) on both sides (m = 1..3 for n = 8); d = -10*log10(1-e)',
    inputs: { spacing: input('GHz', positive), FWHM: input('GHz', positive), channels: optionalInput('count', countWithin(3, channelCountMax), 8) }, resultUnit: 'dB',
    source: `${bogaerts}; G. P. Agrawal, Fiber-Optic Communication Systems (Wiley, 4th ed. 2010) (out-of-band crosstalk adds as power)`,
    compute: ({ spacing, FWHM, channels }) => outOfBandCrosstalkPenalty(neighbourLeak({ spacingGhz: spacing, fwhmGhz: FWHM, pairs: neighbourPairs(channels) })),
  }),
  defineFormula({
    name: 'ring-temperature-margin', computes: 'ring temperature error that consumes all margin', expression: 'L = 10*log10(x0/3.414); d = FWHM/2*sqrt(10^(L/10)-1); dT = d/(df/dT)',
    inputs: { x0: input('', positive), FWHM: input('GHz', positive), df_dT: input('GHz/K', positive) }, resultUnit: 'K',
    source: 'PAM4 eye Q, ring detuning loss and ring drift combined; open loop, no heater correction',
    compute: ({ x0, FWHM, df_dT }) => ringTemperatureMarginK({ eyeQ: x0, fwhmGhz: FWHM, driftGhzPerK: df_dT }),
  }),
];
