/** What a lease asks for in figures: its rate, its floor, and whether what it holds falls short. */

import type { Policy } from '../plan/policy.ts';
import type { LeaseRequest } from './reading.ts';
import type { TrafficClassName } from '../traffic/classes.ts';
import type { Lease, State } from './state.ts';

/** The rate of the request itself, or the mean that moves its bits within its window: 1 bit/ns is 1 Gb/s. */
export const askedGbps = ({ rateGbps, bits, startNs, endNs }: LeaseRequest): number => rateGbps ?? (bits ?? 0) / (endNs - startNs);

/** What may not be preempted: the asker's own floor or its class's share, whichever is more. */
export const floorGbpsOf = (policy: Policy, request: LeaseRequest): number =>
  Math.min(askedGbps(request), Math.max(request.floorGbps, policy.classes[request.trafficClass].floorShare * askedGbps(request)));

/** Rates closer than a bit per second are equal: sums of doubles differ by less, and no device tells them apart. */
export const rateStepGbps = 1e-9;

/** Light is held alone only where it is used: a demand that fills less of the wavelengths it would need shares them (design choice). */
export const aloneFillMin = 0.75;

/** Whether a demand holds whole wavelengths alone: its class does, and it fills them on every link of its ways. */
export function holdsAlone(state: State, { trafficClass, rateGbps }: { readonly trafficClass: TrafficClassName; readonly rateGbps: number }, routes: readonly (readonly number[])[]): boolean {
  if (state.policy.classes[trafficClass].serves !== 'reserved') return false;
  const { linkWavelength, wavelengthRateGbps } = state.plant.cluster.fabric;
  return routes.every((links) => links.every((link) => {
    const first = linkWavelength[link] ?? 0;
    const gbps = first < (linkWavelength[link + 1] ?? 0) ? wavelengthRateGbps[first] ?? 0 : 0;
    return gbps <= 0 || rateGbps >= aloneFillMin * Math.ceil(rateGbps / gbps - rateStepGbps) * gbps;
  }));
}

/** Calendars count whole kb/s, and a lease over several ways loses up to one on each. */
export const calendarStepGbps = 1e-5;

/** Whether a lease holds less than it asked for. */
export const isShort = ({ request, grant, promised }: Lease): boolean => promised === null && (grant === null || grant.rateGbps + calendarStepGbps < askedGbps(request));
