/**
 * Makes room by class: what lower classes hold above their floors on one way, taken from as few as possible.
 *
 * Lowest priority first, then the larger holding, then the lease row. Light inside a floor stays, and so does a class that the
 * policy does not let be preempted.
 */

import type { Grant, GrantPath } from '../../plan/plan.ts';
import type { TrafficClassName } from '../../traffic/classes.ts';
import { askedGbps, rateStepGbps } from '../lease-terms.ts';
import type { Lease } from '../state.ts';
import type { Draft } from './seek-light.ts';

export interface Yielded {
  readonly id: string;
  /** What is left of it; `null` for nothing. */
  readonly to: Grant | null;
}

interface Wanted {
  readonly routes: readonly (readonly number[])[];
  readonly rateGbps: number;
  readonly alone: boolean;
  readonly priority: number;
  readonly asker: string;
  /** Leases of the asker's own job and class (`null`: of any class) yield too, down to this share of what they asked for: a step ends with its slowest pair. */
  readonly level?: { readonly job: string; readonly trafficClass: TrafficClassName | null; readonly share: number };
}

const crosses = ({ links }: GrantPath, link: number): boolean => links.includes(link);

const takenOn = ({ paths }: Grant, link: number): number => paths.reduce((sum, path) => (crosses(path, link) ? sum + path.rateGbps : sum), 0);

/** A path with `byGbps` less: a shared one by just that, one that holds wavelengths by its highest rows. */
function thinner(draft: Draft, path: GrantPath, byGbps: number): GrantPath | null {
  const target = path.rateGbps - byGbps;
  if (target <= rateStepGbps) return null;
  const isShared = path.wavelengths.every((rows) => rows.length === 0);
  if (isShared) return { ...path, rateGbps: target };
  const sumOf = (rows: readonly number[]): number => rows.reduce((sum, row) => sum + draft.ledger.view.gbps(row), 0);
  let wavelengths = path.wavelengths;
  // The same place is dropped on every link, so that a passive way stays on its wavelengths.
  for (let count = Math.max(...path.wavelengths.map((rows) => rows.length)) - 1; count >= 1; count--) {
    const fewer = path.wavelengths.map((rows) => rows.slice(0, count));
    if (Math.min(...fewer.filter((rows) => rows.length > 0).map(sumOf)) < target - rateStepGbps) break;
    wavelengths = fewer;
  }
  return wavelengths === path.wavelengths ? path : { ...path, wavelengths, rateGbps: Math.min(path.rateGbps, ...wavelengths.filter((rows) => rows.length > 0).map(sumOf)) };
}

/** A grant with at least `needGbps` less on a link if what it keeps lets it, else with as much less as it does. */
function reduced(draft: Draft, grant: Grant, ask: { readonly link: number; readonly needGbps: number; readonly keepsGbps: number }): Grant | null {
  let spare = Math.min(ask.needGbps, grant.rateGbps - ask.keepsGbps);
  const paths: GrantPath[] = [];
  for (const path of grant.paths) {
    const cut = crosses(path, ask.link) ? Math.min(spare, path.rateGbps) : 0;
    spare -= cut;
    const left = cut > rateStepGbps ? thinner(draft, path, cut) : path;
    if (left !== null) paths.push(left);
  }
  const rateGbps = paths.reduce((sum, path) => sum + path.rateGbps, 0);
  return paths.length === 0 ? null : { ...grant, paths, rateGbps };
}

/** What a lease keeps of its grant when the asker wants room: its floor if its class yields to it, the common level if it is of the same collectives, else all. */
function keepsGbps({ state }: Draft, { request }: Lease, grant: Grant, { priority, level }: Pick<Wanted, 'priority' | 'level'>): number {
  const own = state.policy.classes[request.trafficClass];
  if (own.preemptible && own.priority > priority) return grant.floorGbps;
  const isMate = level !== undefined && request.job === level.job && (level.trafficClass === null || request.trafficClass === level.trafficClass);
  return isMate ? Math.min(grant.rateGbps, Math.max(grant.floorGbps, level.share * askedGbps(request))) : grant.rateGbps;
}

/** Leases of lower classes over a link that may give something up, in the order in which they do. */
function yieldersOn(draft: Draft, link: number, wanted: Wanted): readonly Lease[] {
  const { state } = draft;
  const found: Lease[] = [];
  for (const id of state.leasesOfLink.get(link) ?? []) {
    const lease = state.leases.get(id);
    const grant = draft.grantOf(id);
    if (lease === undefined || grant === null || id === wanted.asker) continue;
    if (grant.rateGbps > keepsGbps(draft, lease, grant, wanted) + rateStepGbps) found.push(lease);
  }
  const priority = ({ request }: Lease): number => state.policy.classes[request.trafficClass].priority;
  return found.sort((a, b) => priority(b) - priority(a) || takenOn(draft.grantOf(b.request.id) ?? noGrant, link) - takenOn(draft.grantOf(a.request.id) ?? noGrant, link) || a.row - b.row);
}

const noGrant: Grant = { id: '', tenant: '', job: null, trafficClass: 'background', rateGbps: 0, floorGbps: 0, startNs: 0, endNs: 0, paths: [] };

/** What a link lacks for `rateGbps` more; a class that holds wavelengths alone needs whole ones that nobody holds. */
function lackGbps(draft: Draft, link: number, wanted: Wanted): number {
  const { ledger } = draft;
  if (!wanted.alone) return wanted.rateGbps - ledger.freeGbps(link);
  const { linkWavelength } = draft.state.plant.cluster.fabric;
  let whole = 0;
  for (let row = linkWavelength[link] ?? 0; row < (linkWavelength[link + 1] ?? 0) && whole < wanted.rateGbps - rateStepGbps; row++) if (!ledger.isHeld(row)) whole += ledger.view.gbps(row);
  return Math.max(whole, wanted.rateGbps) - ledger.freeGbps(link);
}

/** Who gives up what so that one way carries it all; `null` when all of them together are not enough. The ledger is left as it was. */
function roomOn(draft: Draft, links: readonly number[], wanted: Wanted): { readonly yielded: ReadonlyMap<string, Grant | null>; readonly lostGbps: number } | null {
  const trial = new Map<string, { readonly from: Grant; readonly to: Grant | null }>();
  let lostGbps = 0;
  let isEnough = true;
  for (const link of links) {
    for (const lease of yieldersOn(draft, link, wanted)) {
      const lack = lackGbps(draft, link, wanted);
      if (lack <= rateStepGbps) break;
      const { id } = lease.request;
      const before = trial.get(id);
      const from = before === undefined ? draft.grantOf(id) : before.to;
      if (from === null) continue;
      const to = reduced(draft, from, { link, needGbps: lack, keepsGbps: keepsGbps(draft, lease, from, wanted) });
      draft.ledger.releaseAll(from);
      for (const path of to?.paths ?? []) draft.ledger.take(path);
      lostGbps += from.rateGbps - (to?.rateGbps ?? 0);
      trial.set(id, { from: before?.from ?? from, to });
    }
    isEnough &&= lackGbps(draft, link, wanted) <= rateStepGbps;
    if (!isEnough) break;
  }
  for (const { from, to } of trial.values()) {
    for (const path of to?.paths ?? []) draft.ledger.release(path);
    for (const path of from.paths) draft.ledger.take(path);
  }
  return isEnough ? { yielded: new Map([...trial].map(([id, { to }]) => [id, to])), lostGbps } : null;
}

/** The way on which least is given up, by whom; of equals the first. */
export function makeRoom(draft: Draft, wanted: Wanted): readonly Yielded[] | null {
  let best: { readonly yielded: ReadonlyMap<string, Grant | null>; readonly lostGbps: number } | null = null;
  for (const links of wanted.routes) {
    const room = roomOn(draft, links, wanted);
    if (room !== null && (best === null || room.lostGbps < best.lostGbps - rateStepGbps)) best = room;
  }
  return best === null ? null : [...best.yielded].map(([id, to]) => ({ id, to }));
}

/** What a way could carry of what is wanted if lower classes yielded all that they may: free light and what is held above floors, on its tightest link. */
export function reachableGbps(draft: Draft, links: readonly number[], wanted: Pick<Wanted, 'rateGbps' | 'priority' | 'asker' | 'level'>): number {
  const full: Wanted = { ...wanted, routes: [], rateGbps: 0, alone: false };
  return links.reduce((least, link) => {
    // Nobody needs to be asked where it is free.
    if (least <= 0 || draft.ledger.freeGbps(link) >= least) return least;
    const yielded = yieldersOn(draft, link, full).reduce((sum, lease) => {
      const grant = draft.grantOf(lease.request.id) ?? noGrant;
      return sum + Math.min(takenOn(grant, link), grant.rateGbps - keepsGbps(draft, lease, grant, full));
    }, 0);
    return Math.min(least, Math.max(0, draft.ledger.freeGbps(link) + yielded));
  }, wanted.rateGbps);
}
