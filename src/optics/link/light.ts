/**
 * Light on a link: one row per wavelength. A device is a pure transform of these rows and knows nothing of the network.
 *
 * Powers are linear (mW) because levels must never be averaged in decibels; every transform returns new rows.
 */

import { dbToRatio, milliwattsToDbm } from '../../base/levels.ts';
import type { Db, Dbm, Milliwatts } from '../../base/units.ts';
import { quantity } from '../../base/units.ts';

export interface Light {
  readonly wavelengthNm: Float64Array;
  /** Mean power. */
  readonly powerMw: Float64Array;
  /** Outer optical modulation amplitude; 0 before the modulator. */
  readonly omaMw: Float64Array;
  /** Extinction ratio behind the modulator. */
  readonly extinctionDb: Db;
  /** Intensity noise in dB/Hz, relative to mean power, or to OMA/2 where `rinIsOma`. */
  readonly rinDbPerHz: number;
  /** True where the noise is stated as RIN_OMA; the two normalisations must never be mixed. */
  readonly rinIsOma: boolean;
  /** Eye closure that is not noise, per wavelength. */
  readonly closureDb: Float64Array;
  /** Reflections met on the way, as power ratios in dB (negative). */
  readonly reflectancesDb: readonly Db[];
  /** Variance of in-band interference relative to the signal power. */
  readonly crosstalkVariance: number;
}

const constant = (count: number, value: number): Float64Array => new Float64Array(count).fill(value);

/** Unmodulated light of equal power on every wavelength. */
export function continuousLight({ wavelengthNm, power, rinDbPerHz }: { readonly wavelengthNm: Float64Array; readonly power: Milliwatts; readonly rinDbPerHz: number }): Light {
  const count = wavelengthNm.length;
  return {
    wavelengthNm, powerMw: constant(count, power), omaMw: constant(count, 0), extinctionDb: quantity(0), rinDbPerHz, rinIsOma: false,
    closureDb: constant(count, 0), reflectancesDb: [], crosstalkVariance: 0,
  };
}

/** The same loss on every wavelength. */
export function attenuated(light: Light, loss: Db): Light {
  const transmission = 1 / dbToRatio(loss);
  return { ...light, powerMw: light.powerMw.map((power) => power * transmission), omaMw: light.omaMw.map((oma) => oma * transmission) };
}

/** A loss of its own on each wavelength. */
export function attenuatedEach(light: Light, lossDb: Float64Array): Light {
  const scale = (rows: Float64Array): Float64Array => rows.map((row, at) => row / dbToRatio(quantity(lossDb[at] ?? 0)));
  return { ...light, powerMw: scale(light.powerMw), omaMw: scale(light.omaMw) };
}

/** Modulates: OMA = 2 P (ER - 1)/(ER + 1), linear extinction ratio (IEEE 802.3 definitions). */
export function modulated(light: Light, extinctionDb: Db): Light {
  const ratio = dbToRatio(extinctionDb);
  const depth = (2 * (ratio - 1)) / (ratio + 1);
  return { ...light, extinctionDb, omaMw: light.powerMw.map((power) => power * depth) };
}

/** Closes every eye by the same amount without taking light away. */
export const closed = (light: Light, closure: Db): Light => ({ ...light, closureDb: light.closureDb.map((before) => before + closure) });

export const closedEach = (light: Light, closureDb: Float64Array): Light => ({ ...light, closureDb: light.closureDb.map((before, at) => before + (closureDb[at] ?? 0)) });

export const reflecting = (light: Light, ...reflectances: readonly Db[]): Light => ({ ...light, reflectancesDb: [...light.reflectancesDb, ...reflectances] });

/** The weakest wavelength: its modulation amplitude, or its mean power before the modulator. */
export function weakestLevel(light: Light): Dbm {
  let weakestOma = Infinity;
  let weakestPower = Infinity;
  for (const oma of light.omaMw) weakestOma = Math.min(weakestOma, oma);
  for (const power of light.powerMw) weakestPower = Math.min(weakestPower, power);
  return milliwattsToDbm(quantity(weakestOma > 0 ? weakestOma : weakestPower));
}
