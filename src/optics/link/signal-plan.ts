/** How a part puts bits on light: lanes, rates, signalling, FEC and wavelengths, read from its figures. */

import { quantity } from '../../base/units.ts';
import type { Gbps } from '../../base/units.ts';
import type { Part } from '../part.ts';
import type { Signalling } from './eye.ts';
import type { FecScheme } from './fec-scheme.ts';
import { isFecScheme, limitBerOf, lineRateOf } from './fec-scheme.ts';
import type { Setting } from './setting.ts';
import { frequencyGhz, wavelengthNm } from '../formulas/spectrum.ts';

export interface SignalPlan {
  readonly lanes: number;
  readonly signalling: Signalling;
  readonly fec: FecScheme;
  /** Payload of one lane. */
  readonly laneRateGbps: Gbps;
  readonly symbolRateGbd: number;
  readonly limitBer: number;
}

export const laneCount = (part: Part, { read }: Setting): number => read.need(part, 'lanes').value;

/** Bits per symbol. */
const bitsPerSymbol = { NRZ: 1, PAM4: 2 } as const;

export function signalPlan(part: Part, setting: Setting): SignalPlan {
  const { read } = setting;
  const signalling: Signalling = read.needText(part, 'signalling') === 'NRZ' ? 'NRZ' : 'PAM4';
  const scheme = read.needText(part, 'fec_scheme');
  const fec: FecScheme = isFecScheme(scheme) ? scheme : 'none';
  const laneRateGbps = quantity<Gbps>((read.find(part, 'payload_rate') ?? read.need(part, 'lane_rate')).value);
  return {
    lanes: laneCount(part, setting), signalling, fec, laneRateGbps,
    symbolRateGbd: lineRateOf(fec, laneRateGbps) / bitsPerSymbol[signalling],
    limitBer: read.find(part, 'ber_limit')?.value ?? limitBerOf(fec),
  };
}

/** Noise bandwidth: as stated, or half of the symbol rate as the TDECQ reference receiver has it (IEEE 802.3 cl. 121.8.5). */
export function rxBandwidthGhz(part: Part, setting: Setting): number {
  return setting.read.find(part, 'rx_bandwidth')?.value ?? signalPlan(part, setting).symbolRateGbd / 2;
}

/** One wavelength per lane: a stated list, a grid, or the same window on parallel fibres. */
export function lineWavelengthsNm(part: Part, setting: Setting): Float64Array {
  const { read } = setting;
  const lanes = laneCount(part, setting);
  const count = Number.isFinite(lanes) ? lanes : 1;
  const listed = (read.text(part, 'wavelengths') ?? read.text(part, 'fwd'))?.split(',').map(Number);
  if (listed !== undefined && listed.length > 0 && listed.every(Number.isFinite)) {
    return Float64Array.from({ length: count }, (_, lane) => listed[lane % listed.length] ?? Number.NaN);
  }
  const centreNm = read.need(part, 'wavelength').value;
  const spacing = read.find(part, 'line_spacing');
  if (spacing === null) return new Float64Array(count).fill(centreNm);
  const centreGhz = frequencyGhz(centreNm);
  return Float64Array.from({ length: count }, (_, line) => wavelengthNm(centreGhz + (line - (count - 1) / 2) * spacing.value));
}
