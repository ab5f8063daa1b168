/**
 * Loss of light judged against the orders: a receiver cannot tell light that went out from light that was switched off, so whoever
 * gives the orders must.
 *
 * Darkness is believed whoever tells of it, because nothing may be granted on light that somebody misses. But a part that misses only
 * what is off by order has not failed by that: it is suspect at most, and whether it gives light shows when it is told to.
 */

import { nodeKinds } from '../../fabric/fabric.ts';
import { lightWay } from '../circuit-ports.ts';
import type { Fact } from '../fact.ts';
import type { AlarmReading, TelemetryReading } from '../reading.ts';
import type { State } from '../state.ts';

const ocsKind = nodeKinds.indexOf('ocs');

/** The wavelengths that are sent to a port over the circuits as intended, `null` where no circuit leads to it. */
function heardAt({ plant, circuits }: State, port: number): readonly number[] | null {
  const { fabric } = plant.cluster;
  const into = fabric.linkReverse[plant.linkOfPort[port] ?? -1] ?? -1;
  const sent = lightWay(plant, circuits, into)[0] ?? into;
  if (fabric.nodeKind[fabric.linkSource[sent] ?? -1] === ocsKind) return null;
  const first = fabric.linkWavelength[sent] ?? 0;
  return Array.from({ length: (fabric.linkWavelength[sent + 1] ?? 0) - first }, (_, at) => first + at);
}

/** Whether all light that could be missed at a port, or of a laser, is off by order. */
export function isToldDark(state: State, component: number): boolean {
  const isPort = (state.plant.linkOfPort[component] ?? -1) >= 0;
  const rows = isPort ? heardAt(state, component) : [...state.plant.lightDomains.blast(component as never).wavelengthRows];
  // Copper has no lanes that could be told dark.
  return rows === null || (rows.length > 0 && rows.every((row) => (state.wavelengths.rateGbps[row] ?? 0) <= 0));
}

/** What follows from a reading, with no failure made of darkness that was ordered. */
export function judgedByOrders(state: State, reading: AlarmReading | TelemetryReading, facts: readonly Fact[]): readonly Fact[] {
  if (reading.kind !== 'alarm' || reading.alarm !== 'lossOfLight' || !reading.raised || !isToldDark(state, reading.component)) return facts;
  return facts.flatMap((fact): readonly Fact[] => {
    if (fact.kind !== 'healthSet' || fact.component !== reading.component || fact.to !== 'failed') return [fact];
    return fact.from === 'sound' ? [{ ...fact, to: 'suspect', reason: 'No light is heard, and none is sent by order.' }] : [];
  });
}
