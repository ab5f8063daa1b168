/** Versatile Diagnostics Monitoring: descriptors on pages 20h to 23h say what the values on 24h to 27h are (OIF CMIS 5.x). */

import type { DeviceQuantity, ReadingUnit } from '../device-reading.ts';
import { byteAt, f16, powerDbm, signed16, u16At } from './coding.ts';
import type { CmisImage } from './image.ts';
import { lanesPerBank, pageKey } from './image.ts';

export interface VdmValue {
  readonly observable: number;
  readonly name: string;
  /** -1 for the whole module. */
  readonly lane: number;
  readonly value: number;
  readonly unit: string;
  /** What the health model calls it, where it knows it. */
  readonly reading: { readonly quantity: DeviceQuantity; readonly unit: ReadingUnit; readonly value: number } | null;
}

interface Observable {
  readonly name: string;
  readonly unit: string;
  readonly decode: (raw: number) => number;
  readonly reading?: readonly [DeviceQuantity, ReadingUnit];
}

const same = (raw: number): number => raw;
const f16Of = (name: string, reading?: readonly [DeviceQuantity, ReadingUnit]): Observable => ({ name, unit: '1', decode: f16, ...(reading === undefined ? {} : { reading }) });

const sides = ['media', 'host'] as const;
const statistics = ['minimum', 'maximum', 'average', 'current'] as const;

/** Observables 9 to 16 and 17 to 24: for each statistic first the media side, then the host side. */
const perStatistic = (what: string, first: number): [number, Observable][] => statistics.flatMap((statistic, row) => sides.map((side, column): [number, Observable] => {
  const isLiveBer = what === 'pre-FEC BER' && statistic === 'current' && side === 'media';
  return [first + 2 * row + column, f16Of(`${what} ${side} ${statistic}`, isLiveBer ? ['preFecBer', '1'] : undefined)];
}));

/** By observable type. */
const observables: ReadonlyMap<number, Observable> = new Map<number, Observable>([
  [1, { name: 'laser age', unit: '%', decode: same, reading: ['laserAge', '%'] }],
  [2, { name: 'TEC current', unit: '%', decode: (raw) => (signed16(raw) * 100) / 32767, reading: ['tecCurrent', '%'] }],
  [3, { name: 'laser frequency error', unit: 'MHz', decode: (raw) => signed16(raw) * 10, reading: ['frequencyError', 'MHz'] }],
  [4, { name: 'laser temperature', unit: 'C', decode: (raw) => signed16(raw) / 256, reading: ['laserTemperature', 'C'] }],
  [5, { name: 'eSNR media', unit: 'dB', decode: (raw) => raw / 256, reading: ['snr', 'dB'] }],
  [6, { name: 'eSNR host', unit: 'dB', decode: (raw) => raw / 256 }],
  [7, { name: 'PAM4 level transition media', unit: 'dB', decode: (raw) => raw / 256 }],
  [8, { name: 'PAM4 level transition host', unit: 'dB', decode: (raw) => raw / 256 }],
  ...perStatistic('pre-FEC BER', 9),
  ...perStatistic('errored frames', 17),
  [25, f16Of('FERC total media')], [26, f16Of('FERC total host')],
  [84, { name: 'laser source input power', unit: 'dBm', decode: (raw) => signed16(raw) * 0.01, reading: ['rxPower', 'dBm'] }],
]);

const groups = [0, 1, 2, 3] as const;
const descriptorsPerPage = 64;

/** Lane 15 of a descriptor stands for the whole module. */
const moduleLane = 15;

/** Values of one bank in the order of their descriptors. Observables of other types are passed over: their coding is not known here. */
export function decodeVdm(image: CmisImage, bank: number): VdmValue[] {
  const values: VdmValue[] = [];
  for (const group of groups) {
    const descriptors = image.pages.get(pageKey(bank, 0x20 + group));
    const data = image.pages.get(pageKey(bank, 0x24 + group));
    if (descriptors === undefined || data === undefined) continue;
    for (let at = 0; at < descriptorsPerPage; at++) {
      const lane = byteAt(descriptors, 2 * at);
      const type = byteAt(descriptors, 2 * at + 1);
      const raw = u16At(data, 2 * at);
      const observable = type === null ? undefined : observables.get(type);
      if (lane === null || type === null || raw === null || observable === undefined) continue;
      const value = observable.decode(raw);
      const number = (lane & 15) === moduleLane ? -1 : bank * lanesPerBank + (lane & 15);
      const [quantity, unit] = observable.reading ?? [];
      values.push({ observable: type, name: observable.name, lane: number, value, unit: observable.unit, reading: quantity === undefined || unit === undefined ? null : { quantity, unit, value } });
    }
  }
  return values;
}

/** Power of a laser source's fibre in its own registers, as dBm. */
export const sourcePowerDbm = (tensOfMicrowatts: number): number => powerDbm(tensOfMicrowatts * 100);
