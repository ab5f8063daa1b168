/** A reading in one sentence, as the log's reader wants it at 3 a.m. */

import { countText, numberText } from '../../base/number-text.ts';
import type { Plant } from '../plant.ts';
import type { LeaseRequest, Reading, TelemetryReading } from '../reading.ts';
import { askedGbps } from '../lease-terms.ts';
import { deviceName, gbpsText, listText, partName, quantityName, rangeText, spanText } from './name-parts.ts';

const alarmNames = {
  lossOfLight: 'loss of light', partFault: 'part fault', laserFault: 'laser fault', portStuck: 'port stuck', powerLost: 'power lost', flowLost: 'flow lost', overTemperature: 'over-temperature',
} as const;

/** An alarm that nobody knows comes in from outside too. */
const alarmName = (alarm: keyof typeof alarmNames): string => (Object.hasOwn(alarmNames, alarm) ? alarmNames[alarm] : alarm);

function telemetryText(plant: Plant, { device, quantity, components, values }: TelemetryReading): string {
  const of = components.length === 1 ? partName(plant, components[0] ?? -1) : `${components.length} parts (${listText(components.map((row) => partName(plant, row)))})`;
  return `${deviceName(device)} reads ${quantityName(quantity)} ${rangeText(quantity, values)} at ${of}`;
}

/** `L1 (checkpoint, 200 Gb/s from rank 0 to rank 4)`. */
/** An amount that is to be moved. */
export const amountText = (bits: number): string => `${numberText(bits / 8e9, 4)} GB`;

export function requestText(request: LeaseRequest): string {
  const { id, trafficClass, fromRank, toRank, bits } = request;
  const amount = bits === null ? gbpsText(askedGbps(request)) : amountText(bits);
  return `${id} (${trafficClass}, ${amount} from rank ${fromRank} to rank ${toRank})`;
}

export function readingText(plant: Plant, reading: Reading): string {
  switch (reading.kind) {
    case 'tick': return 'time passes';
    case 'telemetry': return telemetryText(plant, reading);
    case 'alarm': return `${deviceName(reading.device)} ${reading.raised ? 'raises' : 'clears'} ${alarmName(reading.alarm)} at ${partName(plant, reading.component)}`;
    case 'leaseAsked': return `lease ${requestText(reading.request)} is asked for, ${spanText(reading.request.startNs)} to ${spanText(reading.request.endNs)}`;
    case 'leaseRenewed': return `lease ${reading.id} asks to stand until ${spanText(reading.endNs)}`;
    case 'leaseReleased': return `lease ${reading.id} is released`;
    case 'jobAsked': return `job ${reading.job.id} is asked for: ${countText(reading.job.ranks.length, 'accelerator')}, ${countText(reading.job.demands.length, 'demand')}`;
    case 'jobReported': return `job ${reading.id} reports ${countText(reading.steps, 'step')}, the last of ${spanText(reading.stepNs)}`;
    case 'jobEnded': return `job ${reading.id} has ended`;
    case 'policySet': return `policy ${reading.policy.name} is set`;
    case 'maintenanceAsked': return `${reading.by} asks to ${reading.action} ${partName(plant, reading.component)}`;
    case 'verified': return `${partName(plant, reading.component)} ${reading.passed ? 'passed' : 'failed'} its verification: ${reading.detail}`;
    case 'commandAnswered': return `command ${reading.command} is ${reading.outcome}${reading.detail === '' ? '' : `: ${reading.detail}`}`;
    case 'lanesObserved': return `${deviceName(reading.device)} shows ${countText(reading.wavelengths.length, 'lane')}`;
    case 'circuitsObserved': return `${deviceName(reading.device)} shows ${countText(reading.circuits.length, 'circuit')}`;
    case 'deviceSeen': return `${deviceName(reading.device)} is ${reading.link === 'up' ? 'reached' : 'silent'}`;
    // A log of a newer version can be looked at as far as it is known.
    default: return 'this version does not know it';
  }
}
