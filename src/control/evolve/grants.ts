/** Writes who holds which light: wavelengths held alone, rates shared on links, and which leases pass over a link. */

import { keptAhead, keptBehind } from '../../plan/paths/kept-hops.ts';
import type { Grant, GrantPath } from '../../plan/plan.ts';
import { notePool } from '../light.ts';
import type { State } from '../state.ts';

/** Shared rates are counted in steps of 2^-20 Gb/s, about a kilobit per second: sums of such numbers are exact, so giving back leaves no trace. */
const sharedStep = 2 ** 20;

export const countedGbps = (rateGbps: number): number => Math.round(rateGbps * sharedStep) / sharedStep;

const noRows: readonly number[] = [];

/** Hops of a path, from the first one up to and without the end. */
interface Hops {
  readonly first: number;
  readonly end: number;
}

const whole = ({ links }: GrantPath): Hops => ({ first: 0, end: links.length });

/** Takes back the wavelengths of some hops. */
function letGo(state: State, { links, wavelengths }: GrantPath, { first, end }: Hops): void {
  const { holder } = state.wavelengths;
  for (let at = first; at < end; at++) {
    const rows = wavelengths[at] ?? noRows;
    if (rows.length === 0) continue;
    for (let place = 0; place < rows.length; place++) holder[rows[place] ?? 0] = -1;
    notePool(state, links[at] ?? 0);
  }
}

/** Marks every wavelength held alone; on a conflict nothing stays marked and the reason comes back. */
function markHeld(state: State, { row, id }: Holder, path: GrantPath, { first, end }: Hops): string | null {
  const { wavelengthLink } = state.plant.cluster.fabric;
  const { holder } = state.wavelengths;
  const { links, wavelengths } = path;
  for (let at = first; at < end; at++) {
    const rows = wavelengths[at] ?? noRows;
    for (let place = 0; place < rows.length; place++) {
      const wavelength = rows[place] ?? -1;
      if (holder[wavelength] === -1 && wavelengthLink[wavelength] === links[at]) {
        holder[wavelength] = row;
        continue;
      }
      for (let marked = 0; marked < place; marked++) holder[rows[marked] ?? 0] = -1;
      letGo(state, path, { first, end: at });
      return `wavelength ${wavelength} of link ${links[at] ?? -1} is not free for lease ${id}`;
    }
    if (rows.length > 0) notePool(state, links[at] ?? 0);
  }
  return null;
}

/** Adds what is shared to the links of some hops, or takes it off them (`sign` -1). */
function share({ links: { sharedGbps } }: State, { links, wavelengths, rateGbps }: GrantPath, { first, end }: Hops, sign: 1 | -1): void {
  const rate = sign * countedGbps(rateGbps);
  for (let at = first; at < end; at++) {
    const link = links[at] ?? 0;
    if ((wavelengths[at]?.length ?? 0) === 0) sharedGbps[link] = (sharedGbps[link] ?? 0) + rate;
  }
}

/** The row and the name of a lease. */
interface Holder {
  readonly row: number;
  readonly id: string;
}

/** Lets a lease hold some hops; answers why it cannot, and then nothing has changed. */
function hold(state: State, holder: Holder, path: GrantPath, hops: Hops): string | null {
  const { leasesOfLink, plant: { cluster: { fabric: { linkCount } } } } = state;
  const { links } = path;
  for (let at = hops.first; at < hops.end; at++) {
    const link = links[at] ?? -1;
    if (!(link >= 0 && link < linkCount)) return `lease ${holder.id} names link ${link}, which does not exist`;
  }
  const problem = markHeld(state, holder, path, hops);
  if (problem !== null) return problem;
  share(state, path, hops, 1);
  for (let at = hops.first; at < hops.end; at++) leasesOfLink.add(links[at] ?? -1, holder.row);
  return null;
}

function release(state: State, row: number, path: GrantPath, hops: Hops): void {
  letGo(state, path, hops);
  share(state, path, hops, -1);
  for (let at = hops.first; at < hops.end; at++) state.leasesOfLink.remove(path.links[at] ?? -1, row);
}

/** Lets lease row `row` hold the grant; answers why it cannot, and then nothing has changed. */
export function holdGrant(state: State, row: number, { id, paths }: Grant): string | null {
  for (let at = 0; at < paths.length; at++) {
    const path = paths[at];
    const problem = path === undefined ? null : hold(state, { row, id }, path, whole(path));
    if (problem === null) continue;
    for (const held of paths.slice(0, at)) release(state, row, held, whole(held));
    return problem;
  }
  return null;
}

/** Takes what lease row `row` holds back. */
export function releaseGrant(state: State, row: number, { paths }: Grant): void {
  for (const path of paths) release(state, row, path, whole(path));
}

/**
 * Lets lease row `row` hold another grant in the place of its own; answers why it cannot, and then it holds its own. On hops that both
 * have nothing is touched. Only of grants over one path each: several may cross the same link, and a lease stands once among those of a link.
 */
export function moveGrant(state: State, row: number, { from, to }: { readonly from: Grant; readonly to: Grant }): string | null {
  const [old, next] = [from.paths[0], to.paths[0]];
  if (old === undefined || next === undefined || from.paths.length > 1 || to.paths.length > 1) {
    releaseGrant(state, row, from);
    const problem = holdGrant(state, row, to);
    if (problem !== null) holdGrant(state, row, from);
    return problem;
  }
  const first = keptAhead(old, next);
  const behind = keptBehind(old, next, first);
  const left = { first, end: old.links.length - behind };
  release(state, row, old, left);
  const problem = hold(state, { row, id: to.id }, next, { first, end: next.links.length - behind });
  if (problem !== null) hold(state, { row, id: from.id }, old, left);
  return problem;
}

const sameRows = (one: readonly number[], other: readonly number[]): boolean => one.length === other.length && one.every((row, at) => row === other[at]);

/** Whether two grants hold the same light for the same lease. */
export const sameGrant = (one: Grant, other: Grant): boolean =>
  one === other || (one.id === other.id && one.rateGbps === other.rateGbps && one.paths.length === other.paths.length
    && one.paths.every((path, at) => {
      const twin = other.paths[at];
      return twin !== undefined && path.rateGbps === twin.rateGbps && sameRows(path.links, twin.links)
        && path.wavelengths.length === twin.wavelengths.length && path.wavelengths.every((rows, link) => sameRows(rows, twin.wavelengths[link] ?? []));
    }));
