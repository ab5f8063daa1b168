/** What no sound device says: values that cannot be, rows that do not exist, instants far from now. */

import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import type { ComponentKind } from '../../fabric/components.ts';
import { kindOf } from '../../fabric/components.ts';
import { partName, quantityName, spanText } from '../explain/name-parts.ts';
import type { AlarmReading, Quantity, TelemetryReading } from '../reading.ts';
import { alarmKinds } from '../reading.ts';
import type { State } from '../state.ts';

interface Range {
  readonly min: number;
  readonly max: number;
  readonly unit: string;
}

const absoluteZeroC = -273.15;
/** Lead-free solder melts at 217 C: nothing that is mounted reports from above that. */
const solderMeltsC = 217;
/** Beyond any receiver's or monitor's range. */
const lossMostDb = 100;

/** What each quantity can be at all; what it should be is judged by the health model. */
export const possible: Readonly<Record<Quantity, Range>> = {
  caseC: { min: absoluteZeroC, max: solderMeltsC, unit: '°C' },
  supplyC: { min: absoluteZeroC, max: solderMeltsC, unit: '°C' },
  biasRatio: { min: 0, max: 100, unit: '' },
  rxLossDb: { min: -lossMostDb, max: lossMostDb, unit: 'dB' },
  txLossDb: { min: -lossMostDb, max: lossMostDb, unit: 'dB' },
  preFecBer: { min: 0, max: 1, unit: '' },
  outputShare: { min: 0, max: 2, unit: '' },
};

/** Places and feeds carry no light, so they have no loss of it. */
const lightless: ReadonlySet<ComponentKind> = new Set<ComponentKind>(['site', 'row', 'rack', 'powerShelf', 'coolantLoop']);
/** Only what holds a laser has a drive current; what else is strange to a part changes nothing that is believed of it. */
const lit: ReadonlySet<ComponentKind> = new Set<ComponentKind>(['laser', 'laserSource', 'module', 'engine', 'package']);

const isOfPart = (quantity: Quantity, kind: ComponentKind): boolean => {
  if (quantity === 'biasRatio') return lit.has(kind);
  return (quantity !== 'rxLossDb' && quantity !== 'txLossDb') || !lightless.has(kind);
};

/** A device's clock may stand this far from the log's: a lost time source drifts by less in weeks. */
export const deviceClockOffNsMax = 300e9;
/** Values of one message; a device with more sends several. */
export const valuesMax = 1_048_576;

/** The first impossible thing in a message, or `null`. */
export function telemetryProblem(state: State, reading: TelemetryReading, atNs: number): Refusal | null {
  const { device, quantity, components, values, deviceNs, sequence } = reading;
  if (!Number.isInteger(sequence) || sequence < 0) return refuse('impossible-sequence', 'never', `${device} numbers a message ${sequence}.`);
  if (!Object.hasOwn(possible, quantity)) return refuse('unknown-quantity', 'never', `${device} reports ${String(quantity)}, which nothing here measures.`);
  if (components.length !== values.length || values.length === 0 || values.length > valuesMax) {
    return refuse('impossible-shape', 'never', `${device} reports ${values.length} values of ${components.length} components; 1 to ${valuesMax} of each belong together.`);
  }
  const { min, max, unit } = possible[quantity];
  const { componentCount } = state.plant.cluster.fabric;
  for (let at = 0; at < values.length; at++) {
    const component = components[at] ?? -1;
    const value = values[at] ?? NaN;
    if (!Number.isInteger(component) || component < 0 || component >= componentCount) return refuse('unknown-component', 'never', `${device} reports of component ${component}; there are ${componentCount}.`);
    if (!isOfPart(quantity, kindOf(state.plant.cluster.fabric.components, component))) {
      return refuse('foreign-quantity', 'never', `${device} reports ${quantityName(quantity)} of ${partName(state.plant, component)}, a part that has none.`);
    }
    if (Number.isFinite(value) && value >= min && value <= max) continue;
    const withUnit = (amount: number): string => (unit === '' ? String(amount) : `${amount} ${unit}`);
    return refuse('impossible-value', 'never', `${device} reports ${quantityName(quantity)} ${withUnit(value)} of ${partName(state.plant, component)}; it can be ${min} to ${withUnit(max)}.`);
  }
  if (!(Number.isFinite(deviceNs) && Math.abs(deviceNs - atNs) <= deviceClockOffNsMax)) {
    const dated = Number.isFinite(deviceNs) ? `${spanText(Math.abs(deviceNs - atNs))} ${deviceNs < atNs ? 'before' : 'after'} now` : 'with no time';
    return refuse('clock-off', 'wait', `${device} dates its message ${dated}; clocks may differ by ${spanText(deviceClockOffNsMax)}.`);
  }
  return null;
}

export function alarmProblem(state: State, { device, component, sequence, alarm }: AlarmReading): Refusal | null {
  const { componentCount } = state.plant.cluster.fabric;
  if (!Number.isInteger(sequence) || sequence < 0) return refuse('impossible-sequence', 'never', `${device} numbers a message ${sequence}.`);
  if (!(alarmKinds as readonly string[]).includes(alarm)) return refuse('unknown-alarm', 'never', `${device} raises ${String(alarm)}; there are ${alarmKinds.join(', ')}.`);
  if (Number.isInteger(component) && component >= 0 && component < componentCount) return null;
  return refuse('unknown-component', 'never', `${device} reports of component ${component}; there are ${componentCount}.`);
}
