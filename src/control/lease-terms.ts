/** What a lease asks for in figures: its rate, its floor, and whether what it holds falls short. */

import type { Policy } from '../plan/policy.ts';
import type { LeaseRequest } from './reading.ts';
import type { Lease } from './state.ts';

/** The rate of the request itself, or the mean that moves its bits within its window: 1 bit/ns is 1 Gb/s. */
export const askedGbps = ({ rateGbps, bits, startNs, endNs }: LeaseRequest): number => rateGbps ?? (bits ?? 0) / (endNs - startNs);

/** What may not be preempted: the asker's own floor or its class's share, whichever is more. */
export const floorGbpsOf = (policy: Policy, request: LeaseRequest): number =>
  Math.min(askedGbps(request), Math.max(request.floorGbps, policy.classes[request.trafficClass].floorShare * askedGbps(request)));

/** Rates closer than a bit per second are equal: sums of doubles differ by less, and no device tells them apart. */
export const rateStepGbps = 1e-9;

/** Whether a lease holds less than it asked for. */
export const isShort = ({ request, grant, promised }: Lease): boolean => promised === null && (grant === null || grant.rateGbps + rateStepGbps < askedGbps(request));
