/** Writes a policy as the text of a Policy file, every field stated, so that what is in force can be kept, edited and set again. */

import { stringify } from 'yaml';
import type { Policy } from '../../plan/policy.ts';

/** The largest unit of time in which the value is a whole number. */
function timeText(ns: number): string {
  for (const [unit, length] of [['d', 86_400e9], ['h', 3600e9], ['min', 60e9], ['s', 1e9], ['ms', 1e6], ['us', 1e3]] as const) if (ns !== 0 && ns % length === 0) return `${ns / length}${unit}`;
  return `${ns}ns`;
}

/** The text that `parsePolicy` reads back to an equal policy. */
export function policyText({ name, classes, health, ladder, lease, tenants, commands, costs }: Policy): string {
  return stringify({
    kind: 'Policy', version: 1, name,
    classes: Object.fromEntries(Object.entries(classes).map(([of, { priority, floorShare, preemptible, serves, deadlineNs, windowNs, weight }]) => [
      of, { priority, floor: floorShare, preemptible, serves, deadline: deadlineNs === null ? 'none' : timeText(deadlineNs), window: timeText(windowNs), weight },
    ])),
    health: {
      marginHold: `${health.marginHoldDb}dB`, marginReturn: `${health.marginReturnDb}dB`, holdDown: timeText(health.holdDownNs), flapMax: health.flapMax, flapWindow: timeText(health.flapWindowNs),
      telemetryStale: timeText(health.telemetryStaleNs), predictHorizon: timeText(health.predictHorizonNs),
    },
    ladder: ladder.map(({ rung, enabled }) => (enabled ? rung : { rung, enabled })),
    lease: { expiry: timeText(lease.expiryNs), counterOffersMax: lease.counterOffersMax, windowMax: timeText(lease.windowMaxNs) },
    tenants: Object.fromEntries(Object.entries(tenants).map(([of, { weight, shareCap }]) => [of, { weight, shareCap }])),
    commands: {
      confirmTimeout: timeText(commands.confirmTimeoutNs), resend: timeText(commands.resendNs), retriesMax: commands.retriesMax,
      reconfigurationsPerOcsPerMinuteMax: commands.reconfigurationsPerOcsPerMinuteMax,
    },
    costs: {
      restart: timeText(costs.restartNs), checkpoint: timeText(costs.checkpointNs), retuneDark: timeText(costs.retuneDarkNs),
      expectedRepair: Object.fromEntries(Object.entries(costs.expectedRepairNs).map(([kind, ns]) => [kind, timeText(ns)])),
    },
  });
}
