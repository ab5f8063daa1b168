/**
 * Decodes the memory of a module or an external laser source to readings: lower memory, pages 00h, 01h, 02h, 10h, 11h, 12h, the VDM
 * pages, and 1Ah and 1Bh of laser sources.
 *
 * Addresses and codings follow OIF CMIS 5.x and OIF-ELSFP-CMIS-01.0. Any bytes give values or issues, never an exception: what
 * no module can measure (700 C, 70 V) is an issue with its address, and the value is left out.
 */

import type { Issue } from '../../base/issue.ts';
import type { DeviceQuantity, DeviceReading, ReadingUnit } from '../device-reading.ts';
import { byteAt, pageBytes, powerDbm, s16At, u16At } from './coding.ts';
import type { CmisImage } from './image.ts';
import { banksMax, lanesPerBank, pageKey } from './image.ts';
import { laserSourceReadings } from './laser-source.ts';
import { decodeVdm } from './vdm.ts';

export interface CmisReadings {
  readonly readings: readonly DeviceReading[];
  readonly issues: readonly Issue[];
}

/** Collects readings that can be, and issues for those that cannot. */
export interface Ledger {
  add(quantity: DeviceQuantity, unit: ReadingUnit, value: number | string | null, where: { readonly lane?: number; readonly place: string }): void;
}

/** What a module in service can measure; outside lies a bad read, a wrong page or a lie. */
const credible: Readonly<Partial<Record<ReadingUnit, readonly [low: number, high: number]>>> = {
  C: [-60, 150], mA: [0, 1000], dBm: [-60, 40], V: [0, 6], dB: [0, 60], '%': [-100, 100], '1': [0, 1], MHz: [-400_000, 400_000],
};

function createLedger(image: CmisImage): CmisReadings & Ledger {
  const readings: DeviceReading[] = [];
  const issues: Issue[] = [];
  return {
    readings, issues,
    add(quantity, unit, value, { lane = -1, place }) {
      if (value === null) return;
      const range = credible[unit];
      const shown = unit === 'C' ? '°C' : unit;
      if (typeof value === 'number' && range !== undefined && !(value >= range[0] && value <= range[1])) {
        issues.push({
          code: 'incredible-value', path: `${image.component}: ${place}`, value: `${value} ${shown}`, message: `The module says ${quantity} is outside of ${range[0]} to ${range[1]} ${shown}`,
          remedy: 'Read the page again; if it stays, the module or its management bus is faulty',
        });
        return;
      }
      readings.push({ device: image.device, component: image.component, lane, quantity, value, unit, atNs: image.atNs });
    },
  };
}

const moduleStates = ['reserved', 'lowPower', 'poweringUp', 'ready', 'poweringDown', 'fault', 'reserved', 'reserved'] as const;
const lanePathStates = ['reserved', 'deactivated', 'init', 'deinit', 'activated', 'txTurningOn', 'txTurningOff', 'initialized'] as const;

const scaled = (value: number | null, factor: number): number | null => (value === null ? null : value * factor);
const power = (value: number | null): number | null => (value === null ? null : powerDbm(value));

/** Lower memory: state, temperature, supply, fault. */
function decodeLower({ lower }: CmisImage, ledger: Ledger): void {
  const state = byteAt(lower, 3);
  const fault = byteAt(lower, 41);
  ledger.add('moduleState', 'state', state === null ? null : moduleStates[(state >> 1) & 7] ?? null, { place: 'lower 3' });
  ledger.add('temperature', 'C', scaled(s16At(lower, 14), 1 / 256), { place: 'lower 14' });
  ledger.add('supplyVoltage', 'V', scaled(u16At(lower, 16), 1e-4), { place: 'lower 16' });
  ledger.add('fault', 'flag', fault === null || state === null ? null : Number(((state >> 1) & 7) === 5 || fault !== 0), { place: 'lower 41' });
}

/** Bias currents step 2 uA times a multiplier of 1, 2 or 4 (page 01h, byte 160, bits 4 and 3). */
function biasStepMa(image: CmisImage): number {
  const supported = image.pages.get(pageKey(0, 0x01));
  const bits = supported === undefined ? 0 : ((byteAt(supported, 160) ?? 0) >> 3) & 3;
  return 0.002 * (bits === 3 ? 1 : 2 ** bits);
}

/** Page 02h: limits in the order high alarm, low alarm, high warning, low warning. */
function decodeThresholds(image: CmisImage, ledger: Ledger): void {
  const page = image.pages.get(pageKey(0, 0x02));
  if (page === undefined) return;
  const step = biasStepMa(image);
  const limit = (quantity: DeviceQuantity, unit: ReadingUnit, address: number, read: (at: number) => number | null): void => ledger.add(quantity, unit, read(address), { place: `02h ${address}` });
  const celsius = (at: number): number | null => scaled(s16At(page, at), 1 / 256);
  const level = (at: number): number | null => power(u16At(page, at));
  limit('temperatureHighAlarm', 'C', 128, celsius);
  limit('temperatureLowAlarm', 'C', 130, celsius);
  limit('temperatureHighWarning', 'C', 132, celsius);
  limit('txPowerHighAlarm', 'dBm', 176, level);
  limit('txPowerLowAlarm', 'dBm', 178, level);
  limit('txPowerHighWarning', 'dBm', 180, level);
  limit('txPowerLowWarning', 'dBm', 182, level);
  limit('biasHighAlarm', 'mA', 184, (at) => scaled(u16At(page, at), step));
  limit('biasHighWarning', 'mA', 188, (at) => scaled(u16At(page, at), step));
  limit('rxPowerHighAlarm', 'dBm', 192, level);
  limit('rxPowerLowAlarm', 'dBm', 194, level);
  limit('rxPowerLowWarning', 'dBm', 198, level);
}

/** Pages 10h and 11h of one bank: what each lane is told, what it does, and what it measures. */
function decodeLanes(image: CmisImage, bank: number, ledger: Ledger): void {
  const page = image.pages.get(pageKey(bank, 0x11));
  const control = image.pages.get(pageKey(bank, 0x10));
  const step = biasStepMa(image);
  for (let at = 0; at < lanesPerBank; at++) {
    const lane = bank * lanesPerBank + at;
    const bit = (from: typeof page, address: number): number | null => {
      const byte = from === undefined ? null : byteAt(from, address);
      return byte === null ? null : (byte >> at) & 1;
    };
    const off = bit(control, 130);
    ledger.add('txEnabled', 'flag', off === null ? null : 1 - off, { lane, place: '10h 130' });
    if (page === undefined) continue;
    const states = byteAt(page, 128 + (at >> 1));
    ledger.add('lanePathState', 'state', states === null ? null : lanePathStates[(states >> (4 * (at & 1))) & 15] ?? 'reserved', { lane, place: `11h ${128 + (at >> 1)}` });
    ledger.add('txFailure', 'flag', bit(page, 135), { lane, place: '11h 135' });
    ledger.add('txLos', 'flag', bit(page, 136), { lane, place: '11h 136' });
    ledger.add('rxLos', 'flag', bit(page, 147), { lane, place: '11h 147' });
    ledger.add('cdrLossOfLock', 'flag', bit(page, 148), { lane, place: '11h 148' });
    ledger.add('txPower', 'dBm', power(u16At(page, 154 + 2 * at)), { lane, place: `11h ${154 + 2 * at}` });
    ledger.add('bias', 'mA', scaled(u16At(page, 170 + 2 * at), step), { lane, place: `11h ${170 + 2 * at}` });
    ledger.add('rxPower', 'dBm', power(u16At(page, 186 + 2 * at)), { lane, place: `11h ${186 + 2 * at}` });
  }
}

/** Page 12h of a tunable module: a laser that is tuning or not locked is as good as dark. */
function decodeTuning(image: CmisImage, bank: number, ledger: Ledger): void {
  const page = image.pages.get(pageKey(bank, 0x12));
  if (page === undefined) return;
  for (let at = 0; at < lanesPerBank; at++) {
    const status = byteAt(page, 222 + at);
    const said = status === null ? null : (status & 1) === 1 ? 'unlocked' : (status & 2) === 2 ? 'tuning' : 'locked';
    ledger.add('lanePathState', 'state', said, { lane: bank * lanesPerBank + at, place: `12h ${222 + at}` });
  }
}

/** Pages that were read in part: a page has 128 bytes. */
function shortPages(image: CmisImage): Issue[] {
  const issue = (place: string, bytes: number): Issue => ({
    code: 'short-page', path: `${image.component}: ${place}`, value: `${bytes} bytes`, message: `A page has ${pageBytes} bytes`, remedy: 'Read the whole page; what is there is decoded',
  });
  const short = [...image.pages].filter(([, page]) => page.length !== pageBytes).map(([key, page]) => issue(placeOf(key), page.length));
  return image.lower.length === pageBytes ? short : [issue('lower memory', image.lower.length), ...short];
}

const placeOf = (key: number): string => `bank ${key >> 8}, page ${(key & 255).toString(16).padStart(2, '0')}h`;

/** A bus on which nobody answers reads as ones. */
const isBlank = (page: Uint8Array): boolean => page.length > 0 && page.every((byte) => byte === 0xff);

/** The image without pages that nobody answered for, which would decode to flags that are all set. */
function answered(image: CmisImage): { readonly image: CmisImage; readonly issues: readonly Issue[] } {
  const blank = [...image.pages].filter(([, page]) => isBlank(page)).map(([key]) => placeOf(key));
  const issues = [...(isBlank(image.lower) ? ['lower memory'] : []), ...blank].map((place): Issue => ({
    code: 'blank-page', path: `${image.component}: ${place}`, value: 'FFh only', message: 'Every byte is FFh, as on a bus where nobody answers', remedy: 'See that the module is plugged in and powered, and read it again',
  }));
  return { issues, image: { ...image, lower: isBlank(image.lower) ? new Uint8Array(0) : image.lower, pages: new Map([...image.pages].filter(([, page]) => !isBlank(page))) } };
}

/** Decodes everything that an image holds. */
export function decodeCmis(read: CmisImage): CmisReadings {
  const { image, issues } = answered(read);
  const ledger = createLedger(image);
  decodeLower(image, ledger);
  decodeThresholds(image, ledger);
  for (let bank = 0; bank < banksMax; bank++) {
    if (image.isLaserSource === true) laserSourceReadings(image, bank, ledger);
    else decodeLanes(image, bank, ledger);
    decodeTuning(image, bank, ledger);
    for (const { reading, lane, observable } of decodeVdm(image, bank)) {
      if (reading !== null) ledger.add(reading.quantity, reading.unit, reading.value, { lane, place: `VDM observable ${observable}` });
    }
  }
  return { readings: ledger.readings, issues: [...issues, ...shortPages(read), ...ledger.issues] };
}
