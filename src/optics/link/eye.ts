/**
 * The receiver's decision: from light, noise and closure to eye Q, error ratio and margin, per wavelength.
 *
 * Noise that follows the signal (laser intensity, reflections, in-band crosstalk) is kept as a share of the squared eye
 * per unit of eye Q; thermal and shot noise set the eye Q that the light alone would give. For PAM4 the variances add,
 * 1/x^2 = 1/x_th^2 + s; for NRZ only the one level is noisy, so x_th = x/(1 - s x^2) (Agrawal 2010 sec. 4.7.2).
 */

import { dbToRatio, milliwattsToDbm, ratioToDb } from '../../base/levels.ts';
import type { Db } from '../../base/units.ts';
import { quantity } from '../../base/units.ts';
import { multipathVariance, nrzNoiseShare, pam4ModulationNoiseShare, pam4NoiseShare, rinVariance } from '../formulas/noise.ts';
import { shotNoiseUa } from '../formulas/receiver.ts';
import { eyeQMargin, nrzBer, nrzEyeQ, pam4Ber, pam4EyeQ } from '../formulas/signal.ts';
import type { Light } from './light.ts';
import type { EyeReport } from './link-report.ts';

export type Signalling = 'NRZ' | 'PAM4';

export interface Detector {
  readonly signalling: Signalling;
  /** Rms noise of the amplifier as optical power at the photodiode. */
  readonly thermalMw: number;
  /** A/W; `null` where the thermal figure comes from a sensitivity that already holds the shot noise. */
  readonly responsivityAPerW: number | null;
  readonly bandwidthGhz: number;
  /** Bit error ratio that the FEC still mends. */
  readonly limitBer: number;
}

/** Outer OMA over half of one eye. */
export const omaPerHalfEye = { NRZ: 2, PAM4: 6 } as const;

export const errorRatio = (signalling: Signalling, eyeQ: number): number => (signalling === 'PAM4' ? pam4Ber(eyeQ) : nrzBer(eyeQ));
export const requiredEyeQ = ({ signalling, limitBer }: Pick<Detector, 'signalling' | 'limitBer'>): number => (signalling === 'PAM4' ? pam4EyeQ(limitBer) : nrzEyeQ(limitBer));

/** Eye Q when noise of share `share` per unit of squared eye Q joins an eye of `thermalEyeQ`. */
export function eyeQWithNoise({ signalling, thermalEyeQ, share }: { readonly signalling: Signalling; readonly thermalEyeQ: number; readonly share: number }): number {
  if (signalling === 'PAM4') return thermalEyeQ / Math.sqrt(1 + share * thermalEyeQ * thermalEyeQ);
  // The positive root of share x_th x^2 + x - x_th = 0, written so that it does not cancel for small shares.
  return (2 * thermalEyeQ) / (1 + Math.sqrt(1 + 4 * share * thermalEyeQ * thermalEyeQ));
}

/** Thermal eye Q at which the noise still leaves `eyeQ`; `null` when the noise puts a floor above it. */
export function thermalEyeQNeeded({ signalling, eyeQ, share }: { readonly signalling: Signalling; readonly eyeQ: number; readonly share: number }): number | null {
  const taken = share * eyeQ * eyeQ;
  if (taken >= 1) return null;
  return signalling === 'PAM4' ? eyeQ / Math.sqrt(1 - taken) : eyeQ / (1 - taken);
}

/** Share of the squared eye per unit of squared eye Q that relative noise of a variance takes. */
function shareOf(signalling: Signalling, variance: number, extinction: Db): number {
  return signalling === 'PAM4' ? pam4NoiseShare({ variance, eyeQ: 1, extinction }) : nrzNoiseShare({ variance, eyeQ: 1 });
}

/** Shares of the squared eye per unit of squared eye Q, by cause. */
export interface NoiseShares {
  readonly rin: number;
  readonly reflection: number;
  readonly crosstalk: number;
}

export function noiseShares(light: Light, { signalling, bandwidthGhz }: Pick<Detector, 'signalling' | 'bandwidthGhz'>): NoiseShares {
  const variance = rinVariance({ rinDbPerHz: light.rinDbPerHz, bandwidthGhz });
  return {
    rin: light.rinIsOma && signalling === 'PAM4' ? pam4ModulationNoiseShare({ variance, eyeQ: 1 }) : shareOf(signalling, variance, light.extinctionDb),
    reflection: shareOf(signalling, multipathVariance(light.reflectancesDb), light.extinctionDb),
    crosstalk: shareOf(signalling, light.crosstalkVariance, light.extinctionDb),
  };
}

/** One wavelength judged. */
export interface Verdict {
  readonly eye: EyeReport;
  readonly ber: number;
  readonly marginDb: Db;
  /** Noise that follows the signal keeps the error ratio above the limit whatever the power. */
  readonly floored: boolean;
}

/**
 * The loss that takes the thermal eye Q down to `neededEyeQ`. With transmission a, half an eye is h a, thermal noise stays
 * and the variance of shot noise falls as a, so (h a)^2 = Q^2 (t^2 + s^2 a) is solved for a.
 */
function lossToLimit({ halfEyeMw, thermalMw, shotMw, neededEyeQ }: { readonly halfEyeMw: number; readonly thermalMw: number; readonly shotMw: number; readonly neededEyeQ: number }): Db {
  const thermal = (neededEyeQ * thermalMw) / halfEyeMw;
  const shot = ((neededEyeQ * shotMw) / halfEyeMw) ** 2;
  return ratioToDb(2 / (shot + Math.sqrt(shot * shot + 4 * thermal * thermal)));
}

/** Judges one wavelength. The margin is the extra loss that brings the error ratio to the limit. */
export function judge(light: Light, at: number, detector: Detector, shares: NoiseShares): Verdict {
  const { signalling, thermalMw, responsivityAPerW, bandwidthGhz } = detector;
  const omaMw = light.omaMw[at] ?? 0;
  const closure = quantity<Db>(light.closureDb[at] ?? 0);
  const extinction = dbToRatio(light.extinctionDb);
  const topMw = (omaMw * extinction) / (extinction - 1);
  const shotMw = responsivityAPerW === null ? 0 : (shotNoiseUa({ currentMa: responsivityAPerW * topMw, bandwidthGhz }) * 1e-3) / responsivityAPerW;
  const halfEyeMw = omaMw / dbToRatio(closure) / omaPerHalfEye[signalling];
  const thermalEyeQ = halfEyeMw / Math.hypot(thermalMw, shotMw);
  const share = shares.rin + shares.reflection + shares.crosstalk;
  const eyeQ = eyeQWithNoise({ signalling, thermalEyeQ, share });
  const required = requiredEyeQ(detector);
  const needed = thermalEyeQNeeded({ signalling, eyeQ: required, share });
  // A share s per squared eye Q is noise of rms half eye times sqrt(s).
  const noiseUw = (part: number): number => (omaMw / omaPerHalfEye[signalling]) * Math.sqrt(part) * 1e3;
  return {
    ber: errorRatio(signalling, eyeQ),
    // Above a floor no power helps, so the shortfall is stated in eye Q.
    marginDb: needed === null ? eyeQMargin({ eyeQ, requiredEyeQ: required }) : lossToLimit({ halfEyeMw, thermalMw, shotMw, neededEyeQ: needed }),
    floored: needed === null,
    eye: {
      signalling, wavelengthNm: light.wavelengthNm[at] ?? 0, powerDbm: milliwattsToDbm(quantity(light.powerMw[at] ?? 0)), omaDbm: milliwattsToDbm(quantity(omaMw)),
      extinctionDb: light.extinctionDb, thermalUw: thermalMw * 1e3, shotUw: shotMw * 1e3, rinUw: noiseUw(shares.rin), reflectionUw: noiseUw(shares.reflection),
      crosstalkUw: noiseUw(shares.crosstalk), closureDb: closure, eyeQ, requiredEyeQ: required,
    },
  };
}
