/** Asks the plan room for light in a window: a request over the present routes, answered from the calendars of what is granted and promised. */

import type { AdmissionOptions } from '../../plan/admission/admit.ts';
import { admit } from '../../plan/admission/admit.ts';
import type { Admitted, AdmissionRefusal, CandidatePath, CounterOffer, LeaseRequest as Ask } from '../../plan/admission/request.ts';
import { maxOver } from '../../plan/admission/step-table.ts';
import type { Plan } from '../../plan/plan.ts';
import { onwardLink } from '../circuit-ports.ts';
import { unheardReasons } from '../devices/unheard.ts';
import { askedGbps, floorGbpsOf, holdsAlone } from '../lease-terms.ts';
import type { LeaseRequest } from '../reading.ts';
import type { State } from '../state.ts';
import { candidateRoutes } from './routes.ts';
import { trustedFirst } from './trusted-first.ts';

/** Circuit switches convert nothing, so what is held alone through one keeps its place in the grid. */
function candidate(state: State, links: readonly number[]): CandidatePath {
  return links.some((link) => onwardLink(state.plant, state.circuits, link) !== null) ? { links, keepsSlot: true } : { links };
}

type Asked = Pick<LeaseRequest, 'fromRank' | 'toRank' | 'startNs' | 'endNs'>;

/** What the calendars leave of a way over the window: that of its fullest link. */
const widthKbps = ({ book }: State, links: readonly number[], { startNs, endNs }: Asked): number =>
  links.reduce((least, link) => Math.min(least, (book.linkKbps[link] ?? 0) - maxOver(book.load, link, startNs, endNs)), Infinity);

/** Ways that are sound and heard before those that are not; of these the widest first, so that leases spread over equal networks instead of filling one after the other; equal ones in the order of the fabric's hashes. */
function pathsOf(state: State, request: Asked): readonly CandidatePath[] {
  const byWidth = candidateRoutes(state, request).map((links) => ({ links, kbps: widthKbps(state, links, request) })).sort((a, b) => b.kbps - a.kbps);
  return trustedFirst(state, byWidth.map(({ links }) => links)).map((links) => candidate(state, links));
}

/** What is asked, as the plan room takes it; `null` where no route leads. */
export function askOf(state: State, request: LeaseRequest): Ask | null {
  const { id, tenant, job, trafficClass, rateGbps, bits, startNs, endNs } = request;
  const paths = pathsOf(state, request);
  if (paths.length === 0) return null;
  return {
    id, tenant, job, trafficClass, startNs, endNs, legs: [{ paths }], preemption: 'take', floorGbps: floorGbpsOf(state.policy, request),
    serves: holdsAlone(state, { trafficClass, rateGbps: askedGbps(request) }, paths.map(({ links }) => links)) ? 'reserved' : 'shared',
    amount: rateGbps === null ? { kind: 'volume', bits: bits ?? 0 } : { kind: 'rate', rateGbps },
  };
}

/** Where a lease that yields may go instead. */
const optionsOf = (state: State): AdmissionOptions => ({
  otherRoutes(grant, path) {
    const request = state.leases.get(grant.id)?.request;
    return request === undefined ? [] : pathsOf(state, request).filter(({ links }) => links.some((link, at) => link !== path.links[at]));
  },
});

export const admitAsk = (state: State, ask: Ask): Admitted | AdmissionRefusal => admit(state.book, ask, optionsOf(state));

/** Why a plan is made that grants what was asked for, with a word about light of it that nobody reads. */
export const grantReason = (state: State, what: string, { changes }: Plan): string =>
  [`${what} was asked for.`, ...unheardReasons(state, changes.flatMap((change) => (change.kind === 'add' ? change.grant.paths.flatMap(({ links }) => links) : [])))].join(' ');

/** A counter-offer as the request that would be granted as it stands. */
export function offerAsRequest(request: LeaseRequest, { grant }: CounterOffer): LeaseRequest {
  const { startNs, endNs, rateGbps } = grant;
  const floorGbps = Math.min(request.floorGbps, rateGbps);
  return request.bits === null ? { ...request, startNs, endNs, rateGbps, floorGbps } : { ...request, startNs, endNs, floorGbps };
}

