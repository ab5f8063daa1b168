/** Decides on leases: asked, renewed, released, and ended when their time is over. */

import { isRefusal, refuse } from '../../base/refusal.ts';
import type { Change } from '../../plan/plan.ts';
import { minuteOf } from '../evolve/leases.ts';
import { spanText } from '../explain/name-parts.ts';
import type { Fact } from '../fact.ts';
import { admitAsk, askOf, grantReason } from '../leases/admission.ts';
import { endedText, requestProblem } from '../leases/check-request.ts';
import { offersAsRequests } from '../leases/offers.ts';
import type { LeaseRequest, Reading } from '../reading.ts';
import type { Lease, State } from '../state.ts';

type Of<K extends Reading['kind']> = Extract<Reading, { kind: K }>;

/** A lease of a job stands as long as the job does; any other must be renewed. */
export const firstEndNs = (state: State, request: LeaseRequest, atNs: number): number =>
  request.job === null ? Math.min(request.endNs, Math.max(atNs, request.startNs) + state.policy.lease.expiryNs) : request.endNs;

export function decideLeaseAsked(state: State, atNs: number, { request: asked }: Of<'leaseAsked'>): readonly Fact[] {
  const problem = requestProblem(state, asked, atNs);
  if (problem !== null) return [{ kind: 'leaseRefused', request: asked, refusal: problem, offers: [] }];
  const request = asked.startNs < atNs ? { ...asked, startNs: atNs } : asked;
  const ask = askOf(state, request);
  if (ask === null) return [{ kind: 'leaseRefused', request, offers: [], refusal: refuse('no-way', 'wait', `No present route leads from rank ${request.fromRank} to rank ${request.toRank}.`) }];
  const answer = admitAsk(state, ask);
  if (isRefusal(answer)) {
    const { code, remedy } = answer;
    const { requests, reasons } = offersAsRequests(state, request, answer);
    return [{ kind: 'leaseRefused', request, refusal: refuse(code, remedy, ...reasons), offers: requests }];
  }
  return [
    { kind: 'leaseAccepted', request, endNs: Math.min(firstEndNs(state, request, atNs), answer.grant.endNs) },
    { kind: 'planned', plan: answer.plan, reason: grantReason(state, `Lease ${request.id}`, answer.plan) },
  ];
}

const unknownLease = (id: string): Fact => ({ kind: 'setAside', refusal: refuse('unknown-lease', 'never', `No lease ${id} stands.`) });

/** Renewing moves the end to what is asked, within one expiry from now and the longest window from its start; never to an earlier one. */
export function decideLeaseRenewed(state: State, atNs: number, { id, endNs }: Of<'leaseRenewed'>): readonly Fact[] {
  const lease = state.leases.get(id);
  if (lease === undefined) return [unknownLease(id)];
  const { expiryNs, windowMaxNs } = state.policy.lease;
  if (!Number.isFinite(endNs) || endNs <= atNs) return [{ kind: 'setAside', refusal: refuse('lease-in-the-past', 'never', endedText(id, { endNs, atNs })) }];
  const latest = Math.min(endNs, atNs + expiryNs, lease.request.startNs + windowMaxNs);
  if (latest <= lease.endNs) {
    return [{ kind: 'setAside', refusal: refuse('nothing-to-renew', 'wait', `${id} stands for another ${spanText(lease.endNs - atNs)} already; it could be renewed for ${spanText(latest - atNs)} from now.`) }];
  }
  return [{ kind: 'leaseRenewed', id, endNs: latest }];
}

/** Ends leases: their light first, in one plan, then themselves. */
export function endLeases(ended: readonly Lease[], why: Extract<Fact, { kind: 'leaseEnded' }>['why'], reason: string): readonly Fact[] {
  const drops = ended.flatMap(({ grant, promised }): readonly Change[] => {
    const has = grant ?? promised;
    return has === null ? [] : [{ kind: 'drop', grant: has }];
  });
  return [
    ...(drops.length > 0 ? [{ kind: 'planned', plan: { changes: drops, reasons: [reason] }, reason } as const] : []),
    ...ended.map(({ request }): Fact => ({ kind: 'leaseEnded', id: request.id, why })),
  ];
}

export function decideLeaseReleased(state: State, _atNs: number, { id }: Of<'leaseReleased'>): readonly Fact[] {
  const lease = state.leases.get(id);
  return lease === undefined ? [unknownLease(id)] : endLeases([lease], 'released', `Lease ${id} was released.`);
}

/** Leases whose end has come, by end and then row. Those of running jobs are renewed instead: the job's reports are their renewal. */
export function decideExpiry(state: State, atNs: number): readonly Fact[] {
  const due: Lease[] = [];
  const lastMinute = minuteOf(atNs);
  for (const [minute, ids] of state.expiring) {
    if (minute > lastMinute) continue;
    for (const id of ids) {
      const lease = state.leases.get(id);
      if (lease !== undefined && lease.endNs <= atNs) due.push(lease);
    }
  }
  if (due.length === 0) return [];
  due.sort((a, b) => a.endNs - b.endNs || a.row - b.row);
  const isOfJob = ({ request }: Lease): boolean => request.job !== null && state.jobs.has(request.job);
  return [
    ...due.filter(isOfJob).map(({ request }): Fact => ({ kind: 'leaseRenewed', id: request.id, endNs: atNs + state.policy.lease.windowMaxNs })),
    ...endLeases(due.filter((lease) => !isOfJob(lease)), 'expired', 'The time of these leases is over.'),
  ];
}
