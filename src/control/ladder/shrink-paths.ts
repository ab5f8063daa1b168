/** What leases keep when they stay where they are and the light on their links is shared out anew. */

import type { Grant, GrantPath } from '../../plan/plan.ts';
import { gbpsText, linkName } from '../explain/name-parts.ts';
import type { State } from '../state.ts';
import { isOverfull } from './affected.ts';
import type { Claim } from './allocate.ts';
import { withPaths } from './proposal.ts';
import type { LightView } from './view.ts';

export type Share = (claims: readonly Claim[], capacityGbps: number) => readonly number[] | null;

/** Why a lease could not keep its floor, or the grants after. */
export type Stayed = { readonly ok: true; readonly grants: ReadonlyMap<string, Grant> } | { readonly ok: false; readonly reason: string };

/** Rates after, by `lease#path`. */
type Rates = Map<string, number>;

const keyOf = (id: string, path: number): string => `${id}#${path}`;

/** The floor of one path: its share of the lease's. */
const pathFloor = (grant: Grant, path: GrantPath): number => (grant.rateGbps <= 0 ? 0 : Math.min(path.rateGbps, (grant.floorGbps * path.rateGbps) / grant.rateGbps));

interface OnLink {
  readonly id: string;
  readonly grant: Grant;
  readonly row: number;
  readonly path: GrantPath;
  readonly hop: number;
}

/** Paths over a link, by lease row. Grants in `replaced` stand for those of the state; `null` there holds nothing. */
export function pathsOnLink(state: State, link: number, replaced: ReadonlyMap<string, Grant | null>): readonly OnLink[] {
  const found: (OnLink & { readonly leaseRow: number })[] = [];
  for (const id of state.leasesOfLink.get(link) ?? []) {
    const lease = state.leases.get(id);
    const own = replaced.get(id);
    const grant = own === undefined ? lease?.grant ?? null : own;
    if (lease === undefined || grant === null) continue;
    grant.paths.forEach((path, row) => {
      const hop = path.links.indexOf(link);
      if (hop >= 0) found.push({ id, grant, row, path, hop, leaseRow: lease.row });
    });
  }
  return found.sort((a, b) => a.leaseRow - b.leaseRow || a.row - b.row);
}

/** Shares out one link; false where floors do not fit. */
function shareLink(state: State, view: LightView, link: number, replaced: ReadonlyMap<string, Grant | null>, share: Share, rates: Rates): string | null {
  const { linkWavelength } = state.plant.cluster.fabric;
  const on = pathsOnLink(state, link, replaced);
  const held = new Set(on.flatMap(({ path, hop }) => path.wavelengths[hop] ?? []));
  let capacity = 0;
  for (let row = linkWavelength[link] ?? 0; row < (linkWavelength[link + 1] ?? 0); row++) if (!held.has(row)) capacity += view.gbps(row);
  const shared = on.filter(({ path, hop }) => (path.wavelengths[hop] ?? []).length === 0);
  const claims = shared.map(({ id, grant, row, path }): Claim => {
    const rateGbps = Math.min(path.rateGbps, rates.get(keyOf(id, row)) ?? Infinity);
    return { rateGbps, floorGbps: Math.min(rateGbps, pathFloor(grant, path)), priority: state.policy.classes[grant.trafficClass].priority };
  });
  const after = share(claims, capacity);
  const floors = claims.length === 1 ? 'floor of 1 lease does' : `floors of ${claims.length} leases do`;
  if (after === null) return `The ${floors} not fit into the ${capacity.toFixed(0)} Gb/s that ${linkName(state.plant, link)} still carries.`;
  shared.forEach(({ id, row }, at) => rates.set(keyOf(id, row), after[at] ?? 0));
  for (const { id, row, path, hop } of on) {
    const rows = path.wavelengths[hop] ?? [];
    if (rows.length > 0) rates.set(keyOf(id, row), Math.min(rates.get(keyOf(id, row)) ?? path.rateGbps, rows.reduce((sum, wavelength) => sum + view.gbps(wavelength), 0)));
  }
  return null;
}

/** A path at its new rate, without wavelengths that carry nothing any more. */
const thinned = (view: LightView, path: GrantPath, rateGbps: number): GrantPath => ({ ...path, rateGbps, wavelengths: path.wavelengths.map((rows) => rows.filter((row) => view.gbps(row) > 0)) });

/**
 * Shares out every link judged anew and says what each lease on them keeps. Links are visited in order; what a path lost on one it
 * does not ask for on the next.
 */
export function stayOnLinks(state: State, view: LightView, replaced: ReadonlyMap<string, Grant | null>, share: Share): Stayed {
  const rates: Rates = new Map();
  const touched = new Map<string, Grant>();
  for (const link of view.judged) {
    const on = pathsOnLink(state, link, replaced);
    const isShort = isOverfull(state, view, link) || on.some(({ path, hop }) => (path.wavelengths[hop] ?? []).some((row) => view.gbps(row) < (state.wavelengths.rateGbps[row] ?? 0)));
    if (!isShort) continue;
    const reason = shareLink(state, view, link, replaced, share, rates);
    if (reason !== null) return { ok: false, reason };
    for (const { id, grant } of on) touched.set(id, grant);
  }
  const grants = new Map<string, Grant>();
  for (const [id, grant] of touched) {
    const paths = grant.paths.map((path, row) => thinned(view, path, Math.min(path.rateGbps, rates.get(keyOf(id, row)) ?? path.rateGbps)));
    const after = withPaths(grant, paths);
    const kept = after.rateGbps > 0 ? gbpsText(after.rateGbps) : 'nothing';
    if (after.rateGbps < grant.floorGbps * (1 - 1e-9)) return { ok: false, reason: `Lease ${id} would keep ${kept} of its floor of ${gbpsText(grant.floorGbps)}.` };
    grants.set(id, after);
  }
  return { ok: true, grants };
}
