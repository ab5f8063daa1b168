/**
 * Coherent amplified links: ASE, the Gaussian-noise (GN) model of fibre nonlinearity, and one amplified span.
 *
 * The GN model: P. Poggiolini et al., arXiv:1209.0394 (2012), eq. 120 and 123, checked on a fixed and a flexible grid
 * against GNPy (Telecominfraproject/oopt-gnpy, BSD-3-Clause, commit d65865b).
 */

import { planckJs, speedOfLightMps } from '../../base/constants.ts';
import { amplify, attenuate, dbToRatio, dbmToMilliwatts, levelDifference, milliwattsToDbm, ratioToDb, sumLosses } from '../../base/levels.ts';
import type { Db, Dbm } from '../../base/units.ts';
import { quantity } from '../../base/units.ts';
import { opticalReferenceBandwidthGhz } from './spectrum.ts';

/** Wavelength at which dispersion and effective area of a fibre are quoted. */
export const fibreReferenceNm = 1550;

/** Power attenuation per km in nepers: a = loss ln(10)/10. */
export const attenuationPerKm = (lossDbPerKm: number): number => (lossDbPerKm * Math.LN10) / 10;

/** Leff = (1 - exp(-a L))/a; the length itself without loss. */
export function effectiveLengthKm({ lossDbPerKm, lengthKm }: { readonly lossDbPerKm: number; readonly lengthKm: number }): number {
  const attenuation = attenuationPerKm(lossDbPerKm);
  return attenuation === 0 ? lengthKm : -Math.expm1(-attenuation * lengthKm) / attenuation;
}

/** beta2 in ps^2/km from D in ps/(nm km): b2 = -D l^2/(2 pi c). */
export const beta2Ps2PerKm = ({ dispersionPsPerNmKm, wavelengthNm }: { readonly dispersionPsPerNmKm: number; readonly wavelengthNm: number }): number =>
  (-dispersionPsPerNmKm * wavelengthNm * wavelengthNm) / (2 * Math.PI * speedOfLightMps) * 1e3;

export interface NonlinearitySetting {
  /** Nonlinear index; 2.6e-20 m^2/W in silica as GNPy uses it. */
  readonly n2M2PerW: number;
  readonly effectiveAreaUm2: number;
  readonly wavelengthNm: number;
}

/** gamma = 2 pi n2/(l Aeff), in 1/(W km). */
export const nonlinearityPerWKm = ({ n2M2PerW, effectiveAreaUm2, wavelengthNm }: NonlinearitySetting): number =>
  ((2 * Math.PI * n2M2PerW) / (wavelengthNm * 1e-9 * effectiveAreaUm2 * 1e-12)) * 1e3;

/** Nonlinear index of silica as in GNPy. */
export const silicaN2M2PerW = 2.6e-20;
/** Core radius from which GNPy scales the effective area with frequency. */
const coreRadiusUm = 4.2;

/**
 * Effective area at a frequency from its value at 1550 nm. In the Gaussian-mode approximation Aeff = pi r^2/ln V with V
 * proportional to frequency (as GNPy scales it), so a channel at a higher frequency is confined more tightly.
 */
export function effectiveAreaAtUm2({ referenceAreaUm2, frequencyThz }: { readonly referenceAreaUm2: number; readonly frequencyThz: number }): number {
  const coreAreaUm2 = Math.PI * coreRadiusUm * coreRadiusUm;
  const referenceThz = speedOfLightMps / fibreReferenceNm / 1e3;
  return coreAreaUm2 / (coreAreaUm2 / referenceAreaUm2 + Math.log(frequencyThz / referenceThz));
}

/** One channel of a comb in a fibre. */
export interface FibreChannel {
  readonly frequencyThz: number;
  readonly symbolRateGbd: number;
  /** Launch power in the fibre, behind the input connector. */
  readonly powerW: number;
}

export interface FibreSpan {
  readonly lengthKm: number;
  readonly lossDbPerKm: number;
  readonly dispersionPsPerNmKm: number;
}

/** Self-phase modulation weighs 16/27, cross-phase modulation twice that (arXiv:1209.0394 eq. 120 and 123). */
const selfWeight = 16 / 27;
const crossWeight = 32 / 27;

/** Terms of the GN kernel that do not depend on the pair of channels. */
interface GnKernel {
  /** pi^2 La |b2|, in 1/GHz^2. */
  readonly walkOffPerGhz2: number;
  /** gamma^2 Leff^2/(4 pi |b2| La), in GHz^2/W^2 for gamma = 1/(W km). */
  readonly strength: number;
}

function gnKernel({ lengthKm, lossDbPerKm, dispersionPsPerNmKm }: FibreSpan): GnKernel {
  const asymptoticKm = 1 / attenuationPerKm(lossDbPerKm);
  // 1 ps^2 is 1e-6 / GHz^2.
  const beta2PerGhz2Km = Math.abs(beta2Ps2PerKm({ dispersionPsPerNmKm, wavelengthNm: fibreReferenceNm })) * 1e-6;
  const effectiveKm = effectiveLengthKm({ lossDbPerKm, lengthKm });
  return {
    walkOffPerGhz2: Math.PI ** 2 * asymptoticKm * beta2PerGhz2Km,
    strength: (effectiveKm * effectiveKm) / (4 * Math.PI * beta2PerGhz2Km * asymptoticKm),
  };
}

/** The bracket of eq. 123: how much of a pump's band mixes into a channel at this distance. */
const mixing = (walkOffPerGhz2: number, { bandGhz, distanceGhz, pumpBandGhz }: { readonly bandGhz: number; readonly distanceGhz: number; readonly pumpBandGhz: number }): number =>
  Math.asinh(walkOffPerGhz2 * bandGhz * (distanceGhz + pumpBandGhz / 2)) - Math.asinh(walkOffPerGhz2 * bandGhz * (distanceGhz - pumpBandGhz / 2));

export interface GnSetting {
  readonly channels: readonly FibreChannel[];
  /** Row of the channel in question. */
  readonly channel: number;
  readonly span: FibreSpan;
  /** Nonlinear coefficient at the frequency of the channel in question. */
  readonly gammaPerWKm: number;
}

/**
 * Nonlinear interference in the band of one channel, referred to the span's input (the span's loss is still to be
 * applied): P_NLI = sum_n w gamma^2 Leff^2 (Pn/Bn)^2 Pi [asinh(..) - asinh(..)]/(4 pi |b2| La), O(channels).
 */
export function gnInterferenceW({ channels, channel, span, gammaPerWKm }: GnSetting): number {
  const cut = channels[channel];
  if (cut === undefined) throw new RangeError(`channel row ${channel} of ${channels.length}`);
  const { walkOffPerGhz2, strength } = gnKernel(span);
  let sum = 0;
  for (let row = 0; row < channels.length; row++) {
    const pump = channels[row];
    if (pump === undefined) continue;
    const density = pump.powerW / pump.symbolRateGbd;
    const geometry = { bandGhz: cut.symbolRateGbd, distanceGhz: Math.abs(pump.frequencyThz - cut.frequencyThz) * 1e3, pumpBandGhz: pump.symbolRateGbd };
    sum += (row === channel ? selfWeight : crossWeight) * density * density * mixing(walkOffPerGhz2, geometry);
  }
  return gammaPerWKm * gammaPerWKm * strength * cut.powerW * sum;
}

export interface AmplifiedSpansSetting {
  readonly launch: Dbm;
  readonly noiseFigure: Db;
  readonly spanLoss: Db;
  readonly spans: number;
  readonly frequencyThz: number;
}

/** ASE that an amplifier adds, referred to its input, in 0.1 nm: NF h f B. */
export const inputAse = ({ noiseFigure, frequencyThz }: { readonly noiseFigure: Db; readonly frequencyThz: number }): Dbm =>
  amplify(milliwattsToDbm(quantity(planckJs * frequencyThz * 1e12 * opticalReferenceBandwidthGhz * 1e9 * 1e3)), noiseFigure);

/** OSNR (0.1 nm) of identical spans, each followed by an amplifier that restores the level. */
export const amplifiedOsnr = ({ launch, noiseFigure, spanLoss, spans, frequencyThz }: AmplifiedSpansSetting): Db =>
  quantity(levelDifference(attenuate(launch, spanLoss), inputAse({ noiseFigure, frequencyThz })) - ratioToDb(spans));

/** Ratios of one signal to independent noises: their inverses add. */
export const combineSnr = (...ratios: readonly Db[]): Db => quantity(-ratioToDb(ratios.reduce((sum, ratio) => sum + 1 / dbToRatio(ratio), 0)));

/** Launch power at which ASE is twice the nonlinear interference, P = (P_ase/(2 eta))^(1/3), eta = P_NLI/P^3. */
export const optimumLaunchPower = ({ aseW, etaPerW2 }: { readonly aseW: number; readonly etaPerW2: number }): Dbm =>
  milliwattsToDbm(quantity(Math.cbrt(aseW / (2 * etaPerW2)) * 1e3));

/** Everything of one fibre span with its amplifier; all channels alike. */
export interface SpanSystem {
  readonly channelCount: number;
  readonly spacingGhz: number;
  readonly firstFrequencyThz: number;
  readonly symbolRateGbd: number;
  /** Level per channel in front of the input connector. */
  readonly launch: Dbm;
  readonly inputConnector: Db;
  readonly outputConnector: Db;
  readonly span: FibreSpan;
  readonly effectiveAreaUm2: number;
  readonly noiseFigure: Db;
  readonly transmitterOsnr: Db;
}

/** The transmission example that GNPy ships: 80 km of standard fibre and one low-gain amplifier (15 dB, NF 6.62 dB). */
export const gnpyExampleSpan: Omit<SpanSystem, 'channelCount' | 'spacingGhz' | 'launch' | 'transmitterOsnr'> = {
  firstFrequencyThz: 191.35, symbolRateGbd: 32, inputConnector: quantity(0.5), outputConnector: quantity(0.5),
  span: { lengthKm: 80, lossDbPerKm: 0.2, dispersionPsPerNmKm: 16.7 }, effectiveAreaUm2: 83, noiseFigure: quantity(6.62),
};

/** Means over the channels, in dB as GNPy prints them, in the 0.1 nm bandwidth. */
export interface SpanSnr {
  /** Transmitter noise and ASE. */
  readonly osnr: Db;
  /** With nonlinear interference as well. */
  readonly gsnr: Db;
}

/** OSNR and GSNR behind one span and its amplifier, O(channels). */
export function amplifiedSpanSnr(system: SpanSystem): SpanSnr {
  const { channelCount, spacingGhz, symbolRateGbd, span } = system;
  const inFibre = attenuate(system.launch, system.inputConnector);
  const atAmplifier = attenuate(inFibre, sumLosses(quantity(span.lossDbPerKm * span.lengthKm), system.outputConnector));
  const launchW = dbmToMilliwatts(inFibre) * 1e-3;
  const { walkOffPerGhz2, strength } = gnKernel(span);
  const density = launchW / symbolRateGbd;
  // Uniform spacing: interference depends on the distance alone, so running sums over distance serve every channel.
  const reach = new Float64Array(channelCount);
  for (let steps = 1; steps < channelCount; steps++) {
    reach[steps] = (reach[steps - 1] ?? 0) + crossWeight * mixing(walkOffPerGhz2, { bandGhz: symbolRateGbd, distanceGhz: steps * spacingGhz, pumpBandGhz: symbolRateGbd });
  }
  const own = selfWeight * mixing(walkOffPerGhz2, { bandGhz: symbolRateGbd, distanceGhz: 0, pumpBandGhz: symbolRateGbd });
  const toReferenceBandwidth = ratioToDb(symbolRateGbd / opticalReferenceBandwidthGhz);
  let osnrSum = 0;
  let gsnrSum = 0;
  for (let channel = 0; channel < channelCount; channel++) {
    const frequencyThz = system.firstFrequencyThz + (channel * spacingGhz) / 1e3;
    const area = effectiveAreaAtUm2({ referenceAreaUm2: system.effectiveAreaUm2, frequencyThz });
    const gamma = nonlinearityPerWKm({ n2M2PerW: silicaN2M2PerW, effectiveAreaUm2: area, wavelengthNm: speedOfLightMps / frequencyThz / 1e3 });
    const mix = own + (reach[channel] ?? 0) + (reach[channelCount - 1 - channel] ?? 0);
    const interferenceRatio = gamma * gamma * strength * density * density * mix;
    const osnr = combineSnr(levelDifference(atAmplifier, inputAse({ noiseFigure: system.noiseFigure, frequencyThz })), system.transmitterOsnr);
    const gsnr = combineSnr(osnr, quantity(-ratioToDb(interferenceRatio) + toReferenceBandwidth));
    osnrSum += osnr;
    gsnrSum += gsnr;
  }
  return { osnr: quantity(osnrSum / channelCount), gsnr: quantity(gsnrSum / channelCount) };
}
