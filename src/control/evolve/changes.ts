/** Applies the changes of a plan to the intent: all of them, or none and the reason. */

import type { Change, CrossConnect, Grant } from '../../plan/plan.ts';
import { reverse } from '../../plan/plan.ts';
import { linksOf } from '../circuit-ports.ts';
import { isShort } from '../lease-terms.ts';
import type { Lease, State } from '../state.ts';
import { holdGrant, releaseGrant, sameGrant } from './grants.ts';

function setGrant(state: State, lease: Lease, grant: Grant | null): void {
  lease.grant = grant;
  if (isShort(lease)) state.short.add(lease.request.id);
  else state.short.delete(lease.request.id);
}

/** From one grant to another of the same lease; `null` is no light. */
function regrant(state: State, id: string, from: Grant | null, to: Grant | null): string | null {
  const lease = state.leases.get(id);
  if (lease === undefined) return `no lease ${id} is accepted`;
  const { grant: held } = lease;
  if ((held === null) !== (from === null) || (held !== null && from !== null && !sameGrant(held, from))) return `lease ${id} does not hold what the change says it does`;
  if (to !== null && to.id !== id) return `lease ${id} cannot move to a grant of ${to.id}`;
  if (held !== null) releaseGrant(state, held);
  const problem = to === null ? null : holdGrant(state, lease.row, to);
  if (problem === null) setGrant(state, lease, to);
  else if (held !== null) holdGrant(state, lease.row, held);
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
  return null;
}

function disconnect(state: State, { ocs, aPort, bPort }: CrossConnect): string | null {
  const made = state.circuits.get(ocs);
  if (made?.get(aPort) !== bPort) return `circuit switch ${ocs} does not join ${aPort} to ${bPort}`;
  made.delete(aPort);
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

function applyChange(state: State, change: Change): string | null {
  switch (change.kind) {
    case 'add': return regrant(state, change.grant.id, null, change.grant);
    case 'drop': return regrant(state, change.grant.id, change.grant, null);
    case 'move': return regrant(state, change.from.id, change.from, change.to);
    case 'connect': return connect(state, change.circuit);
    case 'disconnect': return disconnect(state, change.circuit);
    case 'setRate': return setRow(state.wavelengths.rateGbps, change.wavelength, { from: change.fromGbps, to: change.toGbps });
    case 'tune': return setRow(state.wavelengths.tunedNm, change.wavelength, { from: change.fromNm, to: change.toNm });
  }
}

/** First to last; when one cannot be applied, those before it are undone last to first. */
export function applyChanges(state: State, changes: readonly Change[]): string | null {
  for (let at = 0; at < changes.length; at++) {
    const change = changes[at];
    const problem = change === undefined ? null : applyChange(state, change);
    if (problem === null) continue;
    for (const undo of reverse({ changes: changes.slice(0, at), reasons: [] }).changes) applyChange(state, undo);
    return problem;
  }
  return null;
}
