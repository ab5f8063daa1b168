/**
 * How long it takes until a circuit carries traffic: drain, program, switch, receiver relock, FEC alignment.
 *
 * Vendors publish the switching alone; on pluggables the receiver and the control path usually dominate.
 */

import type { Nanoseconds } from '../../base/units.ts';
import { quantity } from '../../base/units.ts';
import type { Part } from '../part.ts';
import type { FigureReader } from './figures.ts';
import type { CircuitTiming } from './link-report.ts';
import { figureOf } from '../catalogue/catalogue.ts';

const nsPerUnit: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };

/** The time unit that a catalogue unit starts with: `ms median/99p` is ms. */
const nsScale = (part: Part, name: string): number => nsPerUnit[figureOf(part, name)?.unit.split(' ')[0] ?? ''] ?? Number.NaN;

/** Full time to usable of one circuit on this switch, or on an AWGR with tunable lasers. */
export function circuitTiming(part: Part, read: FigureReader): CircuitTiming {
  const step = (name: CircuitTiming['steps'][number]['name'], ...parameters: readonly string[]): CircuitTiming['steps'][number] | null => {
    const parameter = parameters.find((candidate) => figureOf(part, candidate) !== null);
    if (parameter === undefined) return null;
    const figure = read.need(part, parameter);
    return { name, durationNs: quantity(figure.value * nsScale(part, parameter)), kind: figure.kind };
  };
  const steps = [
    step('drain', 'drain_time'), step('program', 'programming'), step('switch', 'switching', 'reconfig'), step('relock', 'relock_time', 'rx_init'), step('fec', 'fec_align_time'),
  ].filter((candidate) => candidate !== null);
  return { steps, totalNs: quantity<Nanoseconds>(steps.reduce((sum, { durationNs }) => sum + durationNs, 0)) };
}
