/** Counter-offers: what could be had instead of a lease that is refused, at a lower rate now or at the full rate later. */

import { askedGbps, floorGbpsOf, rateStepGbps } from '../lease-terms.ts';
import type { LeaseRequest } from '../reading.ts';
import type { State } from '../state.ts';
import { candidateRoutes } from './routes.ts';
import { Draft, seekLight } from './seek-light.ts';

/** Ends of standing leases at which a later start is tried. */
const laterTriesMax = 8;
/** Leases looked at for their ends; on links with more, the first to end may be missed. */
const standingMax = 256;

/** The same at the rate that is free; an amount takes as much longer. */
function slower(state: State, request: LeaseRequest, availableGbps: number): LeaseRequest | null {
  if (availableGbps <= rateStepGbps || availableGbps < floorGbpsOf(state.policy, request) - rateStepGbps) return null;
  if (request.bits === null) return { ...request, rateGbps: availableGbps, floorGbps: Math.min(request.floorGbps, availableGbps) };
  const endNs = request.startNs + Math.ceil(request.bits / availableGbps);
  return endNs - request.startNs > state.policy.lease.windowMaxNs ? null : { ...request, endNs, floorGbps: Math.min(request.floorGbps, request.bits / (endNs - request.startNs)) };
}

/** The same when enough of the leases that stand in the way have ended. */
function later(state: State, request: LeaseRequest): LeaseRequest | null {
  const standing = new Set<string>();
  for (const links of candidateRoutes(state, request)) {
    for (const link of links) {
      for (const id of state.leasesOfLink.get(link) ?? []) if (standing.size < standingMax) standing.add(id);
    }
  }
  const ends = [...standing].map((id) => ({ id, endNs: state.leases.get(id)?.endNs ?? Infinity })).sort((a, b) => a.endNs - b.endNs || (a.id < b.id ? -1 : 1));
  const draft = new Draft(state);
  let tries = 0;
  for (const [at, { id, endNs }] of ends.entries()) {
    draft.regrant(id, null);
    if (ends[at + 1]?.endNs === endNs) continue;
    if (++tries > laterTriesMax) return null;
    const moved: LeaseRequest = { ...request, startNs: endNs, endNs: endNs + (request.endNs - request.startNs) };
    if (seekLight(draft, moved, { mayPreempt: false }).kind === 'found') return moved;
  }
  return null;
}

/** Best first, at most as many as the policy allows. Asked again as it is, an offer is granted while the state stays as it is. */
export function counterOffers(state: State, request: LeaseRequest, availableGbps: number): readonly LeaseRequest[] {
  const offers = [slower(state, request, Math.min(availableGbps, askedGbps(request))), later(state, request)];
  return offers.filter((offer) => offer !== null).slice(0, state.policy.lease.counterOffersMax);
}
