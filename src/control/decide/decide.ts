/**
 * Which decisions a reading calls for, in order. Each is taken on the state into which the facts of the one before are folded, so
 * that no two of them give away the same light. None of them writes anything.
 */

import type { Issue } from '../../base/issue.ts';
import { formatIssue } from '../../base/issue.ts';
import { refuse } from '../../base/refusal.ts';
import { checkPolicy } from '../../plan/policy.ts';
import { decideDeviceSeen, hear } from '../devices/hear.ts';
import { decideStale } from '../devices/stale.ts';
import { alarmProblem, telemetryProblem } from '../devices/check-telemetry.ts';
import type { Fact } from '../fact.ts';
import { decideHealth } from '../health/decide-health.ts';
import { decideReturn } from '../health/decide-return.ts';
import { decideRewarmed } from '../health/rewarm.ts';
import { judgedByOrders } from '../health/told-dark.ts';
import { decideCircuitReturn } from '../ladder/circuit-return.ts';
import { decideSlip, decideTurns } from '../jobs/keep-turns.ts';
import type { AlarmReading, Reading, TelemetryReading } from '../reading.ts';
import type { State } from '../state.ts';
import { decideCircuitsObserved } from './circuits.ts';
import { decideCommandAnswered, decideTimeouts, decideWaiting } from './commands.ts';
import { decideJobAsked, decideJobEnded, decideJobReported } from './jobs.ts';
import { decideLanesObserved } from './lanes.ts';
import { decideExpiry, decideLeaseAsked, decideLeaseReleased, decideLeaseRenewed } from './leases.ts';
import { decideDrained, decideMaintenance, decideVerified } from './maintenance.ts';
import { decideRegrow, decideRegrowOnto } from './regrow.ts';
import { decideStarts } from './starts.ts';
import { decideUncarried, decideUnlit } from './uncarried.ts';

/** One decision on a state in which the reading's earlier decisions are folded. */
export type Step = (state: State, atNs: number) => readonly Fact[];

/** A policy that contradicts itself is refused with every contradiction; the old one stays. */
function decidePolicy(reading: Extract<Reading, { kind: 'policySet' }>): readonly Fact[] {
  const issues: readonly Issue[] = checkPolicy(reading.policy);
  if (issues.length > 0) return [{ kind: 'setAside', refusal: refuse('contradictory-policy', 'never', ...issues.map(formatIssue)) }];
  return [{ kind: 'policySet', policy: reading.policy }];
}

/** A device's word is heard first; only when it counts is anything made of it. */
function deviceSteps(reading: TelemetryReading | AlarmReading): readonly Step[] {
  let counts = false;
  let said: readonly Fact[] = [];
  return [
    (state, atNs) => {
      const problem = reading.kind === 'telemetry' ? telemetryProblem(state, reading, atNs) : alarmProblem(state, reading);
      const heard = hear(state, { device: reading.device, sequence: reading.sequence, problem });
      counts = heard.counts;
      return heard.facts;
    },
    (state, atNs) => (said = counts ? judgedByOrders(state, reading, decideHealth(state, atNs, reading)) : []),
    (state) => decideUncarried(state, said),
  ];
}

/** What time alone brings: whoever asks next must find the calendars and the light agreeing. */
const clock: readonly Step[] = [decideExpiry, decideStarts];

/** What becomes of light and leases when orders have been taken back or lifted. */
function orderSteps(): readonly Step[] {
  let said: readonly Fact[] = [];
  return [(state) => (said = decideRewarmed(state)), (state) => decideUncarried(state, said), decideUnlit];
}

/** Leases are released by the hundred per second, so only those grow at once that can use what was let go. */
function releaseSteps(reading: Extract<Reading, { kind: 'leaseReleased' }>): readonly Step[] {
  let said: readonly Fact[] = [];
  return [(state, atNs) => (said = decideLeaseReleased(state, atNs, reading)), (state, atNs) => decideRegrowOnto(state, atNs, said)];
}

const tick = (): readonly Step[] => [...clock, decideStale, decideTimeouts, ...orderSteps(), decideWaiting, decideDrained, decideReturn, decideCircuitReturn, decideTurns, decideRegrow];

/** Decisions on one reading, first to last. Whatever it was, turns that jobs take must hold after it. */
export const stepsOf = (reading: Reading): readonly Step[] => [...ownSteps(reading), decideTurns];

function ownSteps(reading: Reading): readonly Step[] {
  switch (reading.kind) {
    case 'telemetry': case 'alarm': return deviceSteps(reading);
    case 'tick': return tick();
    case 'leaseAsked': return [...clock, (state, atNs) => decideLeaseAsked(state, atNs, reading)];
    case 'leaseRenewed': return [...clock, (state, atNs) => decideLeaseRenewed(state, atNs, reading)];
    case 'leaseReleased': return releaseSteps(reading);
    case 'jobAsked': return [...clock, (state, atNs) => decideJobAsked(state, atNs, reading)];
    case 'jobReported': return [(state) => decideSlip(state, reading), (state, atNs) => decideJobReported(state, atNs, reading)];
    case 'jobEnded': return [(state, atNs) => decideJobEnded(state, atNs, reading), decideRegrow];
    case 'policySet': return [() => decidePolicy(reading), decideRegrow];
    case 'maintenanceAsked': return [(state, atNs) => decideMaintenance(state, atNs, reading), decideDrained, decideRegrow];
    case 'verified': return [(state, atNs) => decideVerified(state, atNs, reading), decideRegrow];
    case 'commandAnswered': return [(state, atNs) => decideCommandAnswered(state, atNs, reading), ...orderSteps(), decideWaiting];
    case 'lanesObserved': return [(state) => decideLanesObserved(state, reading)];
    case 'circuitsObserved': return [(state, atNs) => decideCircuitsObserved(state, atNs, reading)];
    case 'deviceSeen': return [(state) => decideDeviceSeen(state, reading)];
  }
}
