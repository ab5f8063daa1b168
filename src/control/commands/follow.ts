/**
 * What a folded fact calls for at the devices: the next stage of its plan, a confirmation, or taking the plan back.
 *
 * At most one plan at a time works on a circuit switch, and no more often than the policy allows; others stay open and wait. All
 * answers are computed on the state in which the fact is folded already.
 */

import type { FactEntry } from '../entry.ts';
import type { DeviceAction, Fact } from '../fact.ts';
import type { Command, OpenPlan, State } from '../state.ts';
import { linksOf } from '../circuit-ports.ts';
import { deviceName, partName } from '../explain/name-parts.ts';
import { acceptChanges, circuitDifference } from './converge.ts';
import { intendedLanes } from './lanes.ts';
import { rollbackChanges } from './rollback.ts';
import type { Instruction } from './stages.ts';
import { deviceOf, ordersOf, stagesOf } from './stages.ts';

const minuteNs = 60e9;

/** Switches that a plan works on or has still to work on. */
function switchesOf(state: State, open: OpenPlan): ReadonlySet<number> {
  const switches = new Set<number>();
  for (const change of open.changes) if (change.kind === 'connect' || change.kind === 'disconnect') switches.add(change.circuit.ocs);
  for (const n of open.commands) {
    const action = state.commands.get(n)?.action;
    if (action?.kind === 'crossConnect') switches.add(action.ocs);
  }
  return switches;
}

/** Whether some plan other than `n` has begun to work on the switch and is not done. */
export function isSwitchBusy(state: State, ocs: number, n: number): boolean {
  for (const open of state.openPlans.values()) if (open.n !== n && open.stage >= 0 && switchesOf(state, open).has(ocs)) return true;
  return false;
}

/** Whether the policy lets a switch be reconfigured once more in this minute. */
export function mayReconfigure(state: State, ocs: number, atNs: number): boolean {
  const recent = (state.reconfigured.get(ocs) ?? []).filter((time) => time > atNs - minuteNs).length;
  return recent < state.policy.commands.reconfigurationsPerOcsPerMinuteMax;
}

const mayIssue = (state: State, stage: readonly Instruction[], open: { readonly n: number; readonly atNs: number }): boolean =>
  stage.every(({ action }) => action.kind !== 'crossConnect' || (!isSwitchBusy(state, action.ocs, open.n) && mayReconfigure(state, action.ocs, open.atNs)));

export function firstSending(state: State, atNs: number, command: { readonly of: number; readonly stage: number; readonly device: string; readonly action: DeviceAction }): Fact {
  return { kind: 'commandIssued', ...command, deadlineNs: atNs + state.policy.commands.resendNs, attempt: 1, resends: null };
}

/** The commands of a plan's next stage when nothing of the last one is outstanding, its confirmation when none is left, nothing while it must wait. */
export function advance(state: State, atNs: number, n: number): readonly Fact[] {
  const open = state.openPlans.get(n);
  if (open === undefined || open.commands.size > 0) return [];
  const stages = stagesOf(state.plant, open.changes);
  const next = stages[open.stage + 1];
  if (next === undefined) return [{ kind: 'confirmed', of: n }];
  if (!mayIssue(state, next, { n, atNs })) return [];
  return next.map((instruction) => firstSending(state, atNs, { of: n, stage: open.stage + 1, ...instruction }));
}

/** The first plan that waits and may go on; one at a time, because its commands keep others waiting. */
export function wakeOne(state: State, atNs: number): readonly Fact[] {
  for (const { n } of state.openPlans.values()) {
    const facts = advance(state, atNs, n);
    if (facts.length > 0) return facts;
  }
  return [];
}

/** What becomes of a plan when one of its commands has failed for good. */
function fail(state: State, ended: Command, detail: string, outcome: 'failed' | 'gaveUp'): readonly Fact[] {
  const open = state.openPlans.get(ended.of);
  if (open === undefined) return [];
  const { of } = ended;
  // Each sender lights its own lanes: what one does not do takes nothing back from the others.
  const isSender = ended.action.kind === 'setRates' || ended.action.kind === 'tune';
  if (open.isUndoable && isSender) {
    return [{ kind: 'rolledBack', of, changes: rollbackChanges(state, ordersOf(state.plant, open.changes, ended.device)), reason: `${detail} The others keep theirs.`, restStands: true }];
  }
  if (open.isUndoable) return [{ kind: 'rolledBack', of, changes: rollbackChanges(state, open.changes), reason: detail }];
  // A switch that was only told again and says that it cannot is believed; one that says nothing is told again at its next report.
  if (open.changes.length === 0 && outcome === 'failed' && ended.action.kind === 'crossConnect') {
    return [{ kind: 'rolledBack', of, changes: acceptChanges(state, ended.action.ocs), reason: `${detail} What the switch shows is accepted.` }];
  }
  return [{ kind: 'rolledBack', of, changes: [], reason: `${detail} What the device shows is compared with the intent again at its next report.` }];
}

/** A circuit that the cluster was planned with. */
function isDesigned({ plant }: State, ocs: number, ports: { readonly aPort: number; readonly bPort: number }): boolean {
  const links = linksOf(plant, { ocs, ...ports });
  return links !== null && plant.cluster.fabric.circuitOut[links.entering] === links.leaving;
}

/** A switch that shows other circuits than it should is told again, unless a plan works on it or it must rest. */
function converge(state: State, atNs: number, n: number, ocs: number): readonly Fact[] {
  const { missing, extra } = circuitDifference(state, ocs);
  if (missing.length === 0 && extra.length === 0) return [];
  if (missing.length === 0 && extra.every((ports) => isDesigned(state, ocs, ports))) {
    return [{ kind: 'planned', plan: { changes: extra.map((ports) => ({ kind: 'connect', circuit: { ocs, ...ports } })), reasons: [] }, reason: `${partName(state.plant, ocs)} shows circuits of the design again.` }];
  }
  for (const open of state.openPlans.values()) if (switchesOf(state, open).has(ocs)) return [];
  if (!mayReconfigure(state, ocs, atNs)) return [];
  return [firstSending(state, atNs, { of: n, stage: 0, device: deviceOf(state.plant, ocs), action: { kind: 'crossConnect', ocs, remove: extra, create: missing } })];
}

/** Facts that follow from one that concerns devices; they are numbered after it and name it as their cause. */
export function followDevices(state: State, atNs: number, { n, body }: FactEntry, ended: Command | null): readonly Fact[] {
  switch (body.kind) {
    case 'decided': case 'planned': return advance(state, atNs, n);
    case 'rolledBack': {
      const own = [...advance(state, atNs, n), ...(body.restStands === true ? advance(state, atNs, body.of) : [])];
      // All of them are worked out on one state: what the plan itself goes on with must not be asked for twice.
      return own.length > 0 ? own : wakeOthers(state, atNs, n);
    }
    case 'confirmed': return wakeOne(state, atNs);
    case 'commandEnded':
      if (ended === null) return [];
      return body.outcome === 'done' ? advance(state, atNs, ended.of) : fail(state, ended, `${deviceName(ended.device)} did not carry out command ${ended.n}: ${body.detail.replace(/[.]?$/, '.')}`, body.outcome);
    case 'lanesApart': return (stagesOf(state.plant, intendedLanes(state, body))[0] ?? []).map((instruction) => firstSending(state, atNs, { of: n, stage: 0, ...instruction }));
    case 'circuitsObserved': return converge(state, atNs, n, body.ocs);
    default: return [];
  }
}

/** Plans that waited for the one that was taken back, unless what undoes it needs the same switch first. */
function wakeOthers(state: State, atNs: number, n: number): readonly Fact[] {
  return state.openPlans.has(n) ? [] : wakeOne(state, atNs);
}
