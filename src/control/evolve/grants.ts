/** Writes who holds which light: wavelengths held alone, rates shared on links, and which leases pass over a link. */

import { keptAhead, keptBehind } from '../../plan/paths/kept-hops.ts';
import type { Grant, GrantPath } from '../../plan/plan.ts';
import { notePool } from '../light.ts';
import type { State } from '../state.ts';

/** Shared rates are counted in steps of 2^-20 Gb/s, about a kilobit per second: sums of such numbers are exact, so giving back leaves no trace. */
const sharedStep = 2 ** 20;

export const countedGbps = (rateGbps: number): number => Math.round(rateGbps * sharedStep) / sharedStep;

const noRows: readonly number[] = [];

/** Hops of a path, from the first one up to and without the last. */
interface Part {
  readonly path: GrantPath;
  readonly first: number;
  readonly end: number;
}

const whole = ({ paths }: Grant): readonly Part[] => paths.map((path) => ({ path, first: 0, end: path.links.length }));

/** Takes back the first `count` wavelengths of some parts in their own order. */
function letGo(state: State, parts: readonly Part[], count: number): void {
  const { holder } = state.wavelengths;
  let left = count;
  for (const { path: { links, wavelengths }, first, end } of parts) {
    for (let at = first; at < end; at++) {
      const rows = wavelengths[at] ?? noRows;
      if (rows.length === 0) continue;
      for (let row = 0; row < rows.length; row++) if (left-- > 0) holder[rows[row] ?? 0] = -1;
      notePool(state, links[at] ?? 0);
      if (left <= 0) return;
    }
  }
}

/** Marks every wavelength held alone; on a conflict nothing stays marked and the reason comes back. */
function markHeld(state: State, { row, id }: Holder, parts: readonly Part[]): string | null {
  const { fabric } = state.plant.cluster;
  const { holder } = state.wavelengths;
  let marked = 0;
  for (const { path: { links, wavelengths }, first, end } of parts) {
    for (let at = first; at < end; at++) {
      const rows = wavelengths[at] ?? noRows;
      for (let place = 0; place < rows.length; place++) {
        const wavelength = rows[place] ?? -1;
        const isFree = holder[wavelength] === -1 && fabric.wavelengthLink[wavelength] === links[at];
        if (!isFree) {
          letGo(state, parts, marked);
          return `wavelength ${wavelength} of link ${links[at] ?? -1} is not free for lease ${id}`;
        }
        holder[wavelength] = row;
        marked += 1;
      }
      if (rows.length > 0) notePool(state, links[at] ?? 0);
    }
  }
  return null;
}

/** Adds what is shared to the links of some parts, or takes it off them (`sign` -1). */
function share({ links: { sharedGbps } }: State, parts: readonly Part[], sign: 1 | -1): void {
  for (const { path: { links, wavelengths, rateGbps }, first, end } of parts) {
    const rate = sign * countedGbps(rateGbps);
    for (let at = first; at < end; at++) {
      const link = links[at] ?? 0;
      if ((wavelengths[at]?.length ?? 0) === 0) sharedGbps[link] = (sharedGbps[link] ?? 0) + rate;
    }
  }
}

/** The row and the name of a lease. */
interface Holder {
  readonly row: number;
  readonly id: string;
}

/** Lets a lease hold these parts; answers why it cannot, and then nothing has changed. */
function hold(state: State, holder: Holder, parts: readonly Part[]): string | null {
  const { leasesOfLink, plant: { cluster: { fabric: { linkCount } } } } = state;
  for (const { path: { links }, first, end } of parts) for (let at = first; at < end; at++) {
    const link = links[at] ?? -1;
    if (!(link >= 0 && link < linkCount)) return `lease ${holder.id} names link ${link}, which does not exist`;
  }
  const problem = markHeld(state, holder, parts);
  if (problem !== null) return problem;
  share(state, parts, 1);
  for (const { path: { links }, first, end } of parts) for (let at = first; at < end; at++) leasesOfLink.add(links[at] ?? -1, holder.row);
  return null;
}

function release(state: State, row: number, parts: readonly Part[]): void {
  letGo(state, parts, Infinity);
  share(state, parts, -1);
  for (const { path: { links }, first, end } of parts) for (let at = first; at < end; at++) state.leasesOfLink.remove(links[at] ?? -1, row);
}

/** Lets lease row `row` hold the grant; answers why it cannot, and then nothing has changed. */
export const holdGrant = (state: State, row: number, grant: Grant): string | null => hold(state, { row, id: grant.id }, whole(grant));

/** Takes what lease row `row` holds back. */
export const releaseGrant = (state: State, row: number, grant: Grant): void => release(state, row, whole(grant));

/**
 * Lets lease row `row` hold another grant in the place of its own; answers why it cannot, and then it holds its own. On hops that both
 * have nothing is touched. Only of grants over one path each: several may cross the same link, and a lease stands once among those of a link.
 */
export function moveGrant(state: State, row: number, { from, to }: { readonly from: Grant; readonly to: Grant }): string | null {
  const [old, next] = [from.paths[0], to.paths[0]];
  const isOne = old !== undefined && next !== undefined && from.paths.length === 1 && to.paths.length === 1;
  const ahead = isOne ? keptAhead(old, next) : 0;
  const behind = isOne ? keptBehind(old, next, ahead) : 0;
  const before = isOne ? [{ path: old, first: ahead, end: old.links.length - behind }] : whole(from);
  const after = isOne ? [{ path: next, first: ahead, end: next.links.length - behind }] : whole(to);
  release(state, row, before);
  const problem = hold(state, { row, id: to.id }, after);
  if (problem !== null) hold(state, { row, id: from.id }, before);
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
