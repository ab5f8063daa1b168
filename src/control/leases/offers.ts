/** Counter-offers of a refused lease as requests that are granted when they are asked for. */

import { isRefusal } from '../../base/refusal.ts';
import type { AdmissionRefusal, CounterOffer } from '../../plan/admission/request.ts';
import { aloneFillMin } from '../lease-terms.ts';
import type { LeaseRequest } from '../reading.ts';
import type { State } from '../state.ts';
import { admitAsk, askOf, offerAsRequest } from './admission.ts';

const atRate = (request: LeaseRequest, rateGbps: number): LeaseRequest => ({ ...request, rateGbps, floorGbps: Math.min(request.floorGbps, rateGbps) });

/** The largest whole rate below what would fill the wavelengths of the offered ways, so that it shares light as the offer does. */
function sharingGbps({ plant }: State, rateGbps: number, { grant }: CounterOffer): number {
  const { linkWavelength, wavelengthRateGbps } = plant.cluster.fabric;
  const limits = grant.paths.flatMap(({ links }) => links).map((link) => {
    const width = wavelengthRateGbps[linkWavelength[link] ?? 0] ?? 0;
    return width > 0 ? aloneFillMin * Math.ceil(rateGbps / width) * width : 0;
  });
  return Math.ceil(Math.min(...limits)) - 1;
}

/**
 * A lower rate of a class that is reserved may fill whole wavelengths where the asked one did not: it would then hold them alone, which
 * is another question than the offer answers. Such an offer gives way to the whole wavelengths that are free, or to less that shares.
 */
function thatHolds(state: State, request: LeaseRequest, offer: CounterOffer): readonly LeaseRequest[] {
  const again = offerAsRequest(request, offer);
  const { rateGbps } = again;
  if (state.policy.classes[request.trafficClass].serves !== 'reserved' || rateGbps === null || rateGbps === request.rateGbps) return [again];
  const ask = askOf(state, again);
  if (ask === null) return [];
  const answer = admitAsk(state, ask);
  if (!isRefusal(answer)) return [again];
  const whole = answer.offers.find(({ kind, grant }) => kind === 'slower' && grant.startNs === again.startNs)?.grant.rateGbps ?? 0;
  const held = [whole, sharingGbps(state, rateGbps, offer)].filter((gbps) => gbps > 0).sort((a, b) => b - a).map((gbps) => atRate(again, gbps)).find((one) => {
    const lower = askOf(state, one);
    return lower !== null && !isRefusal(admitAsk(state, lower));
  });
  return held === undefined ? [] : [held];
}

interface HeldOffers {
  readonly requests: readonly LeaseRequest[];
  readonly reasons: readonly string[];
}

/** In the order of the offers, with the reasons of the refusal: what an offer says of itself is said of what stands in its place. */
export function offersAsRequests(state: State, request: LeaseRequest, { reasons, offers }: Pick<AdmissionRefusal, 'reasons' | 'offers'>): HeldOffers {
  const instead = new Map<string, string | null>();
  const requests = offers.flatMap((offer) => {
    const held = thatHolds(state, request, offer);
    if (held[0]?.rateGbps === offerAsRequest(request, offer).rateGbps) return held;
    instead.set(offer.summary, held[0] === undefined ? null : `${held[0].rateGbps} Gb/s instead of ${request.rateGbps} Gb/s in the asked window.`);
    return held;
  });
  return { requests, reasons: reasons.flatMap((reason) => (instead.has(reason) ? instead.get(reason) ?? [] : [reason])) };
}
