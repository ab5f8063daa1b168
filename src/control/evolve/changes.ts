/** Applies the changes of a plan to the intent: all of them, or none and the reason. */

import { applyChange as enterBook, setWavelengthRate } from '../../plan/admission/lease-book.ts';
import type { Change, CrossConnect, Grant } from '../../plan/plan.ts';
import { reverse } from '../../plan/plan.ts';
import { linksOf, noteCircuitChange } from '../circuit-ports.ts';
import { noteGrant } from '../jobs/job-leases.ts';
import { isShort } from '../lease-terms.ts';
import { noteLight, wavelengthGbps } from '../light.ts';
import type { Lease, State } from '../state.ts';
import { holdGrant, moveGrant, releaseGrant, sameGrant } from './grants.ts';

/** What has not begun is in the calendars only. */
function setGrant(state: State, lease: Lease, grant: Grant | null, atNs: number): void {
  const before = lease.grant ?? lease.promised;
  if (before !== null && grant !== null) enterBook(state.book, { kind: 'move', from: before, to: grant });
  else if (before !== null) enterBook(state.book, { kind: 'drop', grant: before });
  else if (grant !== null) enterBook(state.book, { kind: 'add', grant });
  const isAhead = grant !== null && grant.startNs > atNs;
  lease.grant = isAhead ? null : grant;
  lease.promised = isAhead ? grant : null;
  if (isAhead) state.promised.add(lease.request.id);
  else state.promised.delete(lease.request.id);
  if (isShort(lease)) state.short.add(lease.request.id);
  else state.short.delete(lease.request.id);
  noteGrant(state, lease);
}

/** From one grant to another of the same lease; `null` is no light. A lease that begins is granted what it was promised, or other light. */
function regrant(state: State, atNs: number, id: string, { from, to }: { readonly from: Grant | null; readonly to: Grant | null }): string | null {
  const lease = state.leases.get(id);
  if (lease === undefined) return `no lease ${id} is accepted`;
  const { grant: held, promised } = lease;
  const isBeginning = held === null && promised !== null && from === null;
  const has = isBeginning ? null : held ?? promised;
  if ((has === null) !== (from === null) || (has !== null && from !== null && !sameGrant(has, from))) return `lease ${id} does not hold what the change says it does`;
  if (to !== null && to.id !== id) return `lease ${id} cannot move to a grant of ${to.id}`;
  const holds = to === null || to.startNs > atNs ? null : to;
  if (held !== null && holds === null) releaseGrant(state, lease.row, held);
  const problem = holds === null ? null : held === null ? holdGrant(state, lease.row, holds) : moveGrant(state, lease.row, { from: held, to: holds });
  if (problem === null) setGrant(state, lease, to, atNs);
  return problem;
}

function connect(state: State, circuit: CrossConnect): string | null {
  const { ocs, aPort, bPort } = circuit;
  if (linksOf(state.plant, circuit) === null) return `circuit switch ${ocs} has no ports ${aPort} and ${bPort}`;
  let made = state.circuits.get(ocs);
  if (made === undefined) state.circuits.set(ocs, (made = new Map()));
  if (made.has(aPort)) return `port ${aPort} of side A of circuit switch ${ocs} is in use`;
  for (const taken of made.values()) if (taken === bPort) return `port ${bPort} of side B of circuit switch ${ocs} is in use`;
  made.set(aPort, bPort);
  noteCircuitChange(state.circuits);
  return null;
}

function disconnect(state: State, { ocs, aPort, bPort }: CrossConnect): string | null {
  const made = state.circuits.get(ocs);
  if (made?.get(aPort) !== bPort) return `circuit switch ${ocs} does not join ${aPort} to ${bPort}`;
  made.delete(aPort);
  noteCircuitChange(state.circuits);
  return null;
}

/** Told rates and tuning are exact copies of what was logged; tuning is kept in single precision. */
function setRow(rows: Float64Array | Float32Array, row: number, change: { readonly from: number; readonly to: number }): string | null {
  const held = rows[row];
  const from = rows instanceof Float32Array ? Math.fround(change.from) : change.from;
  if (held === undefined || held !== from) return `wavelength ${row} stands at ${held ?? 'nothing'} and not at ${change.from}`;
  rows[row] = change.to;
  return null;
}

/** The calendars count what a wavelength carries now. */
export const tellBook = (state: State, wavelength: number): void => setWavelengthRate(state.book, wavelength, wavelengthGbps(state, wavelength));

function setRate(state: State, { wavelength, fromGbps, toGbps }: Extract<Change, { kind: 'setRate' }>): string | null {
  const problem = setRow(state.wavelengths.rateGbps, wavelength, { from: fromGbps, to: toGbps });
  if (problem !== null) return problem;
  if (toGbps < (state.plant.cluster.fabric.wavelengthRateGbps[wavelength] ?? 0)) state.lowered.add(wavelength);
  else state.lowered.delete(wavelength);
  tellBook(state, wavelength);
  noteLight(state, state.plant.cluster.fabric.wavelengthLink[wavelength] ?? 0);
  return null;
}

function applyChange(state: State, change: Change, atNs: number): string | null {
  switch (change.kind) {
    case 'add': return regrant(state, atNs, change.grant.id, { from: null, to: change.grant });
    case 'drop': return regrant(state, atNs, change.grant.id, { from: change.grant, to: null });
    case 'move': return regrant(state, atNs, change.from.id, change);
    case 'connect': return connect(state, change.circuit);
    case 'disconnect': return disconnect(state, change.circuit);
    case 'setRate': return setRate(state, change);
    case 'tune': return setRow(state.wavelengths.tunedNm, change.wavelength, { from: change.fromNm, to: change.toNm });
  }
}

/** A lease whose beginning is undone is promised its light again. */
function promiseAgain(state: State, change: Change, promises: ReadonlyMap<Change, Grant> | null): void {
  const promised = promises?.get(change);
  const lease = promised === undefined ? undefined : state.leases.get(promised.id);
  if (promised === undefined || lease === undefined) return;
  enterBook(state.book, { kind: 'add', grant: promised });
  lease.promised = promised;
  state.promised.add(promised.id);
  state.short.delete(promised.id);
}

/** First to last; when one cannot be applied, those before it are undone last to first. */
export function applyChanges(state: State, changes: readonly Change[], atNs: number): string | null {
  let promises: Map<Change, Grant> | null = null;
  for (let at = 0; at < changes.length; at++) {
    const change = changes[at];
    if (change === undefined) break;
    const promised = change.kind === 'add' && state.promised.size > 0 ? state.leases.get(change.grant.id)?.promised ?? null : null;
    if (promised !== null) (promises ??= new Map()).set(change, promised);
    const problem = applyChange(state, change, atNs);
    if (problem === null) continue;
    for (const done of changes.slice(0, at).reverse()) {
      for (const undo of reverse({ changes: [done], reasons: [] }).changes) applyChange(state, undo, atNs);
      promiseAgain(state, done, promises);
    }
    return problem;
  }
  return null;
}
