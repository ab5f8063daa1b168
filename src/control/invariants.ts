/**
 * Checkers of the invariants that every run must keep, simulated or live; each answers with what breaks it, nothing when all is well.
 *
 * They are asked between readings. What needs traffic itself (1 on the fibre, 2 in microseconds) is checked where flows run; here
 * stands what follows from the state and the log.
 */

import type { Change } from '../plan/plan.ts';
import { linksOf } from './circuit-ports.ts';
import type { Entry, FactEntry, LogHeader } from './entry.ts';
import { startsReason } from './decide/starts.ts';
import { uncarriedReason } from './decide/uncarried.ts';
import { countedGbps } from './evolve/grants.ts';
import { standstill } from './jobs/class-shares.ts';
import { turnsEnd } from './jobs/keep-turns.ts';
import { askedGbps, rateStepGbps } from './lease-terms.ts';
import { wayProblem } from './leases/carried.ts';
import { isBeyondCap } from './leases/fair-growth.ts';
import { growthWays } from './leases/growth-ways.ts';
import { Draft, seekLight } from './leases/seek-light.ts';
import { sharedCapacityGbps, wavelengthGbps } from './light.ts';
import type { Plant } from './plant.ts';
import type { Reading } from './reading.ts';
import { foldLog, redecide } from './run.ts';
import { digestOf } from './state-digest.ts';
import type { State } from './state.ts';

export interface Violation {
  /** Number of the invariant, 1 to 7. */
  readonly invariant: 1 | 2 | 3 | 4 | 5 | 6 | 7;
  readonly message: string;
}

type ReadingKind = Reading['kind'];

/** Calendars count whole kb/s: as many leases as share a link may be off by that. */
const slackGbps = 1e-4;

/** Invariant 1: no wavelength is held twice, what is granted on a link fits, with what jobs in turns send over it, and a circuit uses each port once. */
export function checkCapacity(state: State): readonly Violation[] {
  const found: Violation[] = [];
  const say = (message: string): void => void found.push({ invariant: 1, message });
  const { fabric } = state.plant.cluster;
  const holder = new Int32Array(fabric.wavelengthCount).fill(-1);
  const shared = new Map<number, number>();
  for (const [id, { row, grant }] of state.leases) {
    for (const path of grant?.paths ?? []) {
      const problem = wayProblem(state, id, path.links);
      if (problem !== null) say(`a path of ${id} ${problem}`);
      path.links.forEach((link, at) => {
        const rows = path.wavelengths[at] ?? [];
        if (rows.length === 0) shared.set(link, (shared.get(link) ?? 0) + countedGbps(path.rateGbps));
        for (const wavelength of rows) {
          if ((holder[wavelength] ?? -1) >= 0) say(`wavelength ${wavelength} is held by ${id} and by ${state.leaseRows[holder[wavelength] ?? -1] ?? 'nobody'}`);
          holder[wavelength] = row;
        }
        const held = rows.reduce((sum, wavelength) => sum + wavelengthGbps(state, wavelength), 0);
        if (rows.length > 0 && held < path.rateGbps - slackGbps) say(`${id} is granted ${path.rateGbps} Gb/s on link ${link}, whose wavelengths carry ${held}`);
      });
    }
  }
  holder.forEach((row, wavelength) => {
    if (row !== state.wavelengths.holder[wavelength]) say(`wavelength ${wavelength} is held by row ${row} and the state says ${state.wavelengths.holder[wavelength] ?? -1}`);
  });
  state.links.sharedGbps.forEach((rate, link) => {
    if (Math.abs(rate - (shared.get(link) ?? 0)) > slackGbps) say(`link ${link} shares ${shared.get(link) ?? 0} Gb/s and the state says ${rate}`);
    if (rate > sharedCapacityGbps(state, link) + slackGbps) say(`link ${link} shares ${rate} Gb/s of ${sharedCapacityGbps(state, link)}`);
  });
  for (const [of, standing] of state.interleavings) {
    const reason = turnsEnd(state, of, standing);
    if (reason !== null) say(`turns ${of} stand though they must end: ${reason}`);
  }
  return [...found, ...checkPorts(state)];
}

function checkPorts(state: State): readonly Violation[] {
  const found: Violation[] = [];
  for (const [ocs, made] of state.circuits) {
    const used = new Set<number>();
    for (const [aPort, bPort] of made) {
      if (used.has(bPort)) found.push({ invariant: 1, message: `port ${bPort} of side B of circuit switch ${ocs} is used twice` });
      used.add(bPort);
      if (linksOf(state.plant, { ocs, aPort, bPort }) === null) found.push({ invariant: 1, message: `circuit switch ${ocs} has no ports ${aPort} and ${bPort}` });
    }
  }
  return found;
}

/** Waiting leases that are looked at per check: each costs a search for light. */
export const waitingMax = 256;

/** Invariant 3, after time has passed: no lease waits for light that is free or that a lower class holds above its floor, unless its tenant's cap forbids it. */
export function checkWaiting(state: State): readonly Violation[] {
  const found: Violation[] = [];
  let looked = 0;
  for (const id of state.short) {
    const lease = state.leases.get(id);
    if (lease === undefined || ++looked > waitingMax) continue;
    const sought = seekLight(new Draft(state), lease.request, { mayPreempt: true, mayUse: growthWays(state, lease) });
    if (sought.kind === 'notFound' || isBeyondCap(state, sought.grant)) continue;
    found.push({ invariant: 3, message: `${id} waits for ${askedGbps(lease.request)} Gb/s that it could have` });
  }
  return found;
}

/** What a change takes from a lease that goes on. */
function takenBelowFloor(change: Change): string | null {
  if (change.kind === 'move' && change.to.rateGbps < change.from.rateGbps - rateStepGbps && change.to.rateGbps < change.from.floorGbps - rateStepGbps) return change.from.id;
  return change.kind === 'drop' && change.grant.floorGbps > rateStepGbps ? change.grant.id : null;
}

/** What somebody asks for gives no reason to go below a floor; what devices report may. */
const asks: ReadonlySet<ReadingKind> = new Set<ReadingKind>(['leaseAsked', 'leaseRenewed', 'leaseReleased', 'jobAsked', 'jobEnded', 'policySet', 'maintenanceAsked', 'verified', 'tick']);

/** Plans that light which is gone drove, whatever reading they came with. */
const forced: ReadonlySet<string> = new Set([startsReason, uncarriedReason]);

/**
 * Invariant 3 in the log: a plan that no fault forced takes nothing inside a floor, except from leases that end with it. A promise
 * whose light is no longer there when its time comes was taken by a fault, or by a higher class that one drove there.
 */
export function checkFloors(entries: readonly Entry[]): readonly Violation[] {
  const ended = new Set<string>();
  for (const entry of entries) if (entry.kind === 'fact' && entry.body.kind === 'leaseEnded') ended.add(entry.body.id);
  let isAsked = false;
  return entries.flatMap((entry): readonly Violation[] => {
    if (entry.kind === 'reading') isAsked = asks.has(entry.body.kind);
    if (entry.kind !== 'fact' || entry.body.kind !== 'planned' || !isAsked || forced.has(entry.body.reason)) return [];
    return entry.body.plan.changes.flatMap((change) => {
      const id = takenBelowFloor(change);
      return id === null || ended.has(id) ? [] : [{ invariant: 3 as const, message: `fact ${entry.n} takes light inside the floor of ${id}` }];
    });
  });
}

/** Invariant 4: folding the log gives exactly the live state. */
export function checkFold(plant: Plant, header: LogHeader, entries: readonly Entry[], live: State): readonly Violation[] {
  const { state, issue } = foldLog(plant, header, entries);
  if (issue !== null) return [{ invariant: 4, message: `the log does not fold: ${issue.message}` }];
  return digestOf(state) === digestOf(live) ? [] : [{ invariant: 4, message: `the log folds to ${digestOf(state)} and the live state is ${digestOf(live)}` }];
}

/** Invariant 5: deciding the recorded readings again gives the recorded facts. */
export function checkRedecide(plant: Plant, header: LogHeader, entries: readonly Entry[]): readonly Violation[] {
  const { differences, issue } = redecide(plant, header, entries);
  if (issue !== null) return [{ invariant: 5, message: `the log does not replay: ${issue.message}` }];
  return differences.map(({ reading, fact }) => ({ invariant: 5, message: `reading ${reading} is decided otherwise from fact ${fact} on` }));
}

/** Invariant 6: every job progresses or holds a refusal. */
export function checkJobs(state: State): readonly Violation[] {
  return [...state.jobs].flatMap(([id, job]): readonly Violation[] =>
    (job.held === null && standstill(state, job) !== null ? [{ invariant: 6, message: `job ${id} stands without a reason` }] : []));
}

/** Invariant 7: a plan connects on free ports before it disconnects anything, and a lease that goes on moves and is not dropped first. */
export function checkOrder({ n, body }: FactEntry): readonly Violation[] {
  const changes = body.kind === 'decided' ? body.decision.plan.changes : body.kind === 'planned' ? body.plan.changes : [];
  const found: Violation[] = [];
  const dropped = new Set<string>();
  const freed = new Set<string>();
  for (const change of changes) {
    if (change.kind === 'drop') dropped.add(change.grant.id);
    if (change.kind === 'add' && dropped.has(change.grant.id)) found.push({ invariant: 7, message: `fact ${n} drops ${change.grant.id} before it is granted anew` });
    if (change.kind === 'disconnect') freed.add(`${change.circuit.ocs}A${change.circuit.aPort}`).add(`${change.circuit.ocs}B${change.circuit.bPort}`);
    if (change.kind !== 'connect' || freed.size === 0) continue;
    const { ocs, aPort, bPort } = change.circuit;
    if (!freed.has(`${ocs}A${aPort}`) && !freed.has(`${ocs}B${bPort}`)) found.push({ invariant: 7, message: `fact ${n} breaks circuits before it makes ${aPort} to ${bPort}, whose ports are free` });
  }
  return found;
}

/** Everything that holds between any two readings. `recent` are the entries since the last check. */
export const checkInvariants = (state: State, recent: readonly Entry[]): readonly Violation[] => [
  ...checkCapacity(state), ...checkFloors(recent), ...checkJobs(state), ...recent.flatMap((entry) => (entry.kind === 'fact' ? checkOrder(entry) : [])),
];
