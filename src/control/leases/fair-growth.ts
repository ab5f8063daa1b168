/**
 * How far short leases of one class may grow when those of several tenants want the same light: tenants' dominant shares over their
 * weights rise together (`plan/admission/fair-share.ts`), and leases of one tenant by the same part of what each misses.
 *
 * What is shared is the room on each lease's widest way: free light and what lower classes hold above their floors. A lease whose way
 * is full does not hold its tenant back on others. Whole wavelengths are not divided: a part of one is left for the next turn.
 */

import type { Contender } from '../../plan/admission/fair-share.ts';
import { fairParts } from '../../plan/admission/fair-share.ts';
import { heldShare } from '../../plan/admission/held-share.ts';
import { toGbps } from '../../plan/admission/lease-book.ts';
import { capRoomKbps } from '../../plan/admission/place.ts';
import { yielders } from '../../plan/admission/yielding.ts';
import type { Grant } from '../../plan/plan.ts';
import { tenantPolicy } from '../../plan/policy.ts';
import { askedGbps, holdsAlone, rateStepGbps } from '../lease-terms.ts';
import type { LeaseRequest } from '../reading.ts';
import type { Lease, State } from '../state.ts';
import { candidateRoutes } from './routes.ts';
import type { Draft } from './seek-light.ts';

interface Wish {
  readonly lease: Lease;
  /** The widest way. */
  readonly links: readonly number[];
  readonly heldGbps: number;
  readonly missingGbps: number;
  /** Rates of a lease that holds whole wavelengths are multiples of this; 0 for one that shares. */
  readonly stepGbps: number;
}

/** Light that a class may claim on a link: what is free, and what lower classes would yield. */
function claimableGbps({ state, ledger }: Draft, link: number, terms: { readonly priority: number; readonly atNs: number }): number {
  const yielded = yielders(state.book, [link], { startNs: terms.atNs, endNs: terms.atNs + 1 }, terms.priority);
  return Math.max(0, ledger.freeGbps(link)) + toGbps(yielded.reduce((sum, { mostKbps }) => sum + mostKbps, 0));
}

/** The widest way first. */
const byWidth = (routes: readonly (readonly number[])[], roomGbps: (link: number) => number): readonly { readonly links: readonly number[]; readonly gbps: number }[] =>
  routes.map((links) => ({ links, gbps: links.reduce((least, link) => Math.min(least, roomGbps(link)), Infinity) })).sort((a, b) => b.gbps - a.gbps);

function wishOf(draft: Draft, lease: Lease, roomGbps: (link: number) => number): Wish | null {
  const { state } = draft;
  const { request } = lease;
  const routes = candidateRoutes(state, request);
  const [widest] = byWidth(routes, roomGbps);
  if (widest === undefined || widest.gbps <= rateStepGbps) return null;
  const asked = askedGbps(request);
  const heldGbps = draft.grantOf(request.id)?.rateGbps ?? 0;
  const { linkWavelength, wavelengthRateGbps } = state.plant.cluster.fabric;
  const isAlone = holdsAlone(state, { trafficClass: request.trafficClass, rateGbps: asked }, routes);
  return { lease, links: widest.links, heldGbps, missingGbps: asked - heldGbps, stepGbps: isAlone ? wavelengthRateGbps[linkWavelength[widest.links[0] ?? 0] ?? 0] ?? 0 : 0 };
}

/** What the cap of a lease's tenant leaves it on a way beside all that the tenant holds there, Gb/s; Infinity without a cap. */
function capLeftGbps({ book, policy }: State, { tenant }: Pick<LeaseRequest, 'tenant'>, links: readonly number[], atNs: number): number {
  const { shareCap } = tenantPolicy(policy, tenant);
  return toGbps(links.reduce((least, link) => Math.min(least, capRoomKbps(book, link, { tenant, shareCap, startNs: atNs, endNs: atNs + 1 }, [])), Infinity));
}

/** The rate up to which a lease may grow within its tenant's cap, on its widest way; Infinity without a cap. */
export function cappedGbps(draft: Draft, { request }: Lease, atNs: number): number {
  const { ledger, state } = draft;
  const [widest = []] = byWidth(candidateRoutes(state, request), (link) => ledger.freeGbps(link)).map(({ links }) => links);
  return (draft.grantOf(request.id)?.rateGbps ?? 0) + Math.max(0, capLeftGbps(state, request, widest, atNs));
}

/** True where a lease would hold more of a link than its tenant's cap allows, were it granted so. */
export const isBeyondCap = (state: State, grant: Grant): boolean => grant.paths.some(({ links, rateGbps }) => links.some((link) => {
  const held = state.leases.get(grant.id)?.grant?.paths.reduce((sum, path) => sum + (path.links.includes(link) ? path.rateGbps : 0), 0) ?? 0;
  return rateGbps - held > capLeftGbps(state, grant, [link], state.nowNs) + rateStepGbps;
}));

/** Whether there are several tenants, or one with a cap. */
const mustShare = ({ state: { policy } }: Draft, leases: readonly Lease[]): boolean =>
  new Set(leases.map(({ request }) => request.tenant)).size > 1 || leases.some(({ request }) => tenantPolicy(policy, request.tenant).shareCap < 1);

/** Rates up to which leases may grow, by id, where their tenants have to share or are capped; leases without an entry may have all they ask for. All are of one class. */
export function fairCapsGbps(draft: Draft, leases: readonly Lease[], atNs: number): ReadonlyMap<string, number> {
  const { state: { book, policy } } = draft;
  const trafficClass = leases[0]?.request.trafficClass;
  if (trafficClass === undefined || !mustShare(draft, leases)) return new Map();
  const known = new Map<number, number>();
  const roomGbps = (link: number): number => {
    const gbps = known.get(link) ?? claimableGbps(draft, link, { priority: policy.classes[trafficClass].priority, atNs });
    known.set(link, gbps);
    return gbps;
  };
  const wishes = leases.flatMap((lease) => wishOf(draft, lease, roomGbps) ?? []);
  const links = [...new Set(wishes.flatMap((wish) => wish.links))];
  const tenants = [...new Set(wishes.map(({ lease }) => lease.request.tenant))].sort();
  const contenders = tenants.map((tenant): Contender => {
    const askGbps = new Float64Array(links.length);
    for (const wish of wishes) if (wish.lease.request.tenant === tenant) for (const link of wish.links) askGbps[links.indexOf(link)] = (askGbps[links.indexOf(link)] ?? 0) + wish.missingGbps;
    const capGbps = Float64Array.from(links, (link) => capLeftGbps(draft.state, { tenant }, [link], atNs));
    return { tenant, weight: tenantPolicy(policy, tenant).weight, capGbps, askGbps, heldShare: heldShare(book, { tenant, trafficClass }, links, { startNs: atNs, endNs: atNs + 1 }) };
  });
  const parts = fairParts(contenders, { capacityGbps: Float64Array.from(links, (link) => toGbps(book.linkKbps[link] ?? 0)), freeGbps: Float64Array.from(links, roomGbps) });
  const caps = new Map<string, number>();
  for (const { lease, heldGbps, missingGbps, stepGbps } of wishes) {
    const part = parts[tenants.indexOf(lease.request.tenant)] ?? 1;
    const capGbps = heldGbps + part * missingGbps;
    // Rounded up to whole kb/s, parts would together be more than there is, and the last lease would get nothing.
    const wholeGbps = stepGbps > 0 ? Math.floor(capGbps / stepGbps + rateStepGbps) * stepGbps : toGbps(Math.floor(capGbps / toGbps(1)));
    if (part < 1 - rateStepGbps) caps.set(lease.request.id, wholeGbps);
  }
  return caps;
}
