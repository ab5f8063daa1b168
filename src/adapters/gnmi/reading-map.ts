/** From gNMI paths to what they measure: worked out once for each path, so that a value that comes again costs a look-up. */

import type { DeviceQuantity, ReadingUnit } from '../device-reading.ts';
import type { Elem } from './path.ts';

/** What the value at a path means. */
export interface Meaning {
  readonly component: string;
  readonly lane: number;
  readonly quantity: DeviceQuantity;
  readonly unit: ReadingUnit;
}

const ofComponent: Readonly<Record<string, readonly [DeviceQuantity, ReadingUnit]>> = {
  'state/temperature/instant': ['temperature', 'C'],
  'state/oper-status': ['moduleState', 'state'],
  'transceiver/state/fault-condition': ['fault', 'flag'],
  'transceiver/state/enabled': ['enabled', 'flag'],
  'transceiver/state/pre-fec-ber/instant': ['preFecBer', '1'],
  'transceiver/state/supply-voltage/instant': ['supplyVoltage', 'V'],
};

const ofChannel: Readonly<Record<string, readonly [DeviceQuantity, ReadingUnit]>> = {
  'state/output-power/instant': ['txPower', 'dBm'],
  'state/input-power/instant': ['rxPower', 'dBm'],
  'state/laser-bias-current/instant': ['bias', 'mA'],
  'state/laser-temperature/instant': ['laserTemperature', 'C'],
  'state/media-snr/instant': ['snr', 'dB'],
  'state/tec-current/instant': ['tecCurrent', '%'],
  'state/target-frequency-deviation/instant': ['frequencyError', 'MHz'],
  'state/tx-failure': ['txFailure', 'flag'],
  'state/rx-los': ['rxLos', 'flag'],
  'state/tx-laser': ['txEnabled', 'flag'],
};

const ofThreshold: Readonly<Record<string, readonly [DeviceQuantity, ReadingUnit]>> = {
  'CRITICAL/module-temperature-upper': ['temperatureHighAlarm', 'C'], 'WARNING/module-temperature-upper': ['temperatureHighWarning', 'C'], 'CRITICAL/module-temperature-lower': ['temperatureLowAlarm', 'C'],
  'CRITICAL/output-power-upper': ['txPowerHighAlarm', 'dBm'], 'WARNING/output-power-upper': ['txPowerHighWarning', 'dBm'],
  'WARNING/output-power-lower': ['txPowerLowWarning', 'dBm'], 'CRITICAL/output-power-lower': ['txPowerLowAlarm', 'dBm'],
  'CRITICAL/input-power-upper': ['rxPowerHighAlarm', 'dBm'], 'WARNING/input-power-lower': ['rxPowerLowWarning', 'dBm'], 'CRITICAL/input-power-lower': ['rxPowerLowAlarm', 'dBm'],
  'CRITICAL/laser-bias-current-upper': ['biasHighAlarm', 'mA'], 'WARNING/laser-bias-current-upper': ['biasHighWarning', 'mA'],
};

const namesOf = (elems: readonly Elem[]): string => elems.map(({ name }) => name).join('/');

const meaning = (component: string, lane: number, known: readonly [DeviceQuantity, ReadingUnit] | undefined): Meaning | null =>
  (known === undefined ? null : { component, lane, quantity: known[0], unit: known[1] });

/** What an OpenConfig path measures, or `null` for what no health model asks about. */
function openConfigMeaning(elems: readonly Elem[]): Meaning | null {
  const component = elems[1]?.key?.['name'];
  if (elems[0]?.name !== 'components' || elems[1]?.name !== 'component' || component === undefined) return null;
  const channel = elems[4];
  const index = channel?.name === 'channel' ? channel.key?.['index'] : undefined;
  if (elems[3]?.name === 'physical-channels' && index !== undefined) return meaning(component, Number(index), ofChannel[namesOf(elems.slice(5))]);
  if (elems[3]?.name === 'thresholds') {
    const severity = channel?.key?.['severity'] ?? '';
    return meaning(component, -1, ofThreshold[`${severity.slice(severity.indexOf(':') + 1)}/${namesOf(elems.slice(6))}`]);
  }
  return meaning(component, -1, ofComponent[namesOf(elems.slice(2))]);
}

/** What a SONiC path of a circuit switch says: states of ports and of cross-connects. */
function sonicMeaning(elems: readonly Elem[]): Meaning | null {
  const [database, , table, key = '', field] = elems.map(({ name }) => name);
  if (database !== 'STATE_DB') return null;
  if (table === 'OCS_PORT' && field === 'status') return { component: key, lane: -1, quantity: 'circuitPort', unit: 'state' };
  if (table === 'OCS_CROSS_CONNECT' && field === 'a_side_status') return { component: key, lane: -1, quantity: 'crossConnect', unit: 'state' };
  return null;
}

/** What the value at a whole path measures, or `null`. */
export const meaningOf = (origin: string, elems: readonly Elem[]): Meaning | null => (origin === 'sonic-db' ? sonicMeaning(elems) : openConfigMeaning(elems));

const decimalText = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** A value as a reading has it: numbers for measured units and flags, text for states; `null` for what does not fit its unit. */
export function readingValue(unit: ReadingUnit, value: unknown): number | string | null {
  if (unit === 'state') return typeof value === 'string' ? value.slice(value.indexOf(':') + 1) : null;
  if (unit === 'flag') return value === true || value === 1 ? 1 : value === false || value === 0 ? 0 : null;
  // A number in a string is written as YANG writes it; `Number` alone would take blanks and hexadecimal for one too.
  const number = typeof value === 'number' ? value : typeof value === 'string' && decimalText.test(value) ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : null;
}
