/** Folds the facts of leases: accepted, renewed, ended. What they hold changes with plans only. */

import { applyChange } from '../../plan/admission/lease-book.ts';
import type { Fact } from '../fact.ts';
import { noteJobLeases } from '../jobs/job-leases.ts';
import { isShort } from '../lease-terms.ts';
import type { Lease, State } from '../state.ts';

type LeaseFact = Extract<Fact, { kind: 'leaseAccepted' | 'leaseRenewed' | 'leaseEnded' }>;

const minuteNs = 60e9;

/** The minute in which an instant lies: leases are looked up by it when time passes. */
export const minuteOf = (atNs: number): number => Math.floor(atNs / minuteNs);

function enter(state: State, id: string, endNs: number): void {
  const minute = minuteOf(endNs);
  const ids = state.expiring.get(minute);
  if (ids === undefined) state.expiring.set(minute, new Set([id]));
  else ids.add(id);
}

function leave(state: State, id: string, endNs: number): void {
  const minute = minuteOf(endNs);
  const ids = state.expiring.get(minute);
  ids?.delete(id);
  if (ids?.size === 0) state.expiring.delete(minute);
}

function accept(state: State, { request, endNs }: Extract<LeaseFact, { kind: 'leaseAccepted' }>): string | null {
  if (state.leases.has(request.id)) return `lease ${request.id} is accepted already`;
  const row = state.freeLeaseRows.pop() ?? state.leaseRows.length;
  const lease: Lease = { row, request, endNs, grant: null, promised: null };
  state.leaseRows[row] = request.id;
  state.leases.set(request.id, lease);
  enter(state, request.id, endNs);
  if (isShort(lease)) state.short.add(request.id);
  const job = request.job === null ? undefined : state.jobs.get(request.job);
  if (job !== undefined) {
    job.leases.add(request.id);
    noteJobLeases(job);
  }
  return null;
}

/** What a lease holds or was promised is its own to its end, in the calendars too. */
function lengthen(state: State, lease: Lease): void {
  const { grant, promised, endNs } = lease;
  const has = grant ?? promised;
  if (has === null || has.endNs >= endNs) return;
  const longer = { ...has, endNs };
  applyChange(state.book, { kind: 'move', from: has, to: longer });
  if (grant !== null) lease.grant = longer;
  else lease.promised = longer;
}

export function evolveLeases(state: State, fact: LeaseFact): string | null {
  if (fact.kind === 'leaseAccepted') return accept(state, fact);
  const lease = state.leases.get(fact.id);
  if (lease === undefined) return `no lease ${fact.id} is accepted`;
  if (fact.kind === 'leaseRenewed') {
    leave(state, fact.id, lease.endNs);
    enter(state, fact.id, fact.endNs);
    lease.endNs = fact.endNs;
    lengthen(state, lease);
    return null;
  }
  if (lease.grant !== null || lease.promised !== null) return `lease ${fact.id} ends while it holds light`;
  leave(state, fact.id, lease.endNs);
  state.leases.delete(fact.id);
  state.short.delete(fact.id);
  state.leaseRows[lease.row] = null;
  state.freeLeaseRows.push(lease.row);
  const job = lease.request.job === null ? undefined : state.jobs.get(lease.request.job);
  if (job !== undefined) {
    job.leases.delete(fact.id);
    noteJobLeases(job);
  }
  return null;
}
