/** Numbers of the default policy with their birth certificates: most are design choices and say so; repair times follow the reliability room. */

import type { Figure } from '../base/figure.ts';
import type { ComponentKind } from '../fabric/components.ts';
import { repairTimes } from '../optics/reliability/evidence.ts';

const choice = (value: number, unit: string, why: string): Figure => ({ value, unit, kind: 'estimate', source: `design choice: ${why}` });
const estimate = (value: number, unit: string, why: string): Figure => ({ value, unit, kind: 'estimate', source: `engineering estimate: ${why}` });

const millisecond = 1e6;
const second = 1e9;
const minute = 60 * second;
const hour = 60 * minute;

/** Every number of `defaultPolicy` that is not a class floor, by the place it has in the policy. */
export const policyFigures = {
  'health.marginHoldDb': choice(0.5, 'dB', 'act below half a decibel of margin, about what one dirty connector takes'),
  'health.marginReturnDb': choice(1, 'dB', 'return only with twice the margin at which the controller acts'),
  'health.holdDownNs': choice(5 * minute, 'ns', 'longer than a module needs to settle thermally'),
  'health.flapMax': choice(3, '', 'a third flap within the window is no accident on a link of mean quality'),
  'health.flapWindowNs': choice(hour, 'ns', 'short against the days between flaps of a sound link'),
  'health.telemetryStaleNs': choice(180 * second, 'ns', 'three of the heartbeats, one a minute, in which a device repeats all that it measures'),
  'health.predictHorizonNs': choice(15 * minute, 'ns', 'time to drain a lease and move its light before the cliff'),
  'lease.expiryNs': choice(hour, 'ns', 'an asker that does not renew within an hour is gone'),
  'lease.counterOffersMax': choice(4, '', 'what a person reads at a glance'),
  'lease.windowMaxNs': choice(90 * 24 * hour, 'ns', 'longest training runs that are published last about as long'),
  'commands.confirmTimeoutNs': choice(120 * second, 'ns', 'a device undoes an unconfirmed change by itself after two minutes'),
  'commands.resendNs': choice(2 * second, 'ns', 'several round trips to a slow switch agent'),
  'commands.retriesMax': choice(5, '', 'with the resend time, gives up well within the confirm timeout'),
  'commands.reconfigurationsPerOcsPerMinuteMax': choice(30, '', 'spares the mechanics of a mirror switch'),
  'costs.restartNs': choice(10 * minute, 'ns', 'restart time R = 600 s, the slowest of the three pairs the failure study reports'),
  'costs.checkpointNs': choice(minute, 'ns', 'checkpoint cost C = 60 s of the same pair'),
  'costs.retuneDarkNs': choice(10 * millisecond, 'ns', 'a heater settles and the receiver locks again'),
} as const satisfies Readonly<Record<string, Figure>>;

const serverRepair = estimate(4, 'h', 'drain, exchange and verify one server');
const plantRepair = estimate(8, 'h', 'a trade is called in for rows, racks and loops');

/** Expected time from failure to service per kind of component, in hours. */
export const repairFigures: Readonly<Record<ComponentKind, Figure>> = {
  site: plantRepair, row: plantRepair, rack: plantRepair, coolantLoop: plantRepair,
  powerShelf: estimate(1, 'h', 'hot-swapped rectifier shelf'),
  node: serverRepair, gpu: serverRepair, memory: serverRepair,
  nic: estimate(2, 'h', 'adapter exchange in a server, restart included'),
  scaleUpSwitch: repairTimes.switch, leaf: repairTimes.switch, spine: repairTimes.switch, core: repairTimes.switch, gateway: repairTimes.switch,
  ocs: repairTimes.chassis, awgr: repairTimes.chassis,
  package: repairTimes.package, engine: repairTimes.switch, module: repairTimes.module,
  laserSource: repairTimes.laserModule, laser: repairTimes.laserModule,
  port: repairTimes.connector, cable: repairTimes.cable,
};
