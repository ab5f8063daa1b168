/** Writes who holds which light: wavelengths held alone, rates shared on links, and which leases pass over a link. */

import type { Grant } from '../../plan/plan.ts';
import { notePool } from '../light.ts';
import type { State } from '../state.ts';

/** Shared rates are counted in steps of 2^-20 Gb/s, about a kilobit per second: sums of such numbers are exact, so giving back leaves no trace. */
const sharedStep = 2 ** 20;

export const countedGbps = (rateGbps: number): number => Math.round(rateGbps * sharedStep) / sharedStep;

const noRows: readonly number[] = [];

/** Takes back the first `count` wavelengths of a grant in its own order. */
function letGo(state: State, grant: Grant, count: number): void {
  const { holder } = state.wavelengths;
  let left = count;
  for (const { links, wavelengths } of grant.paths) {
    for (let at = 0; at < wavelengths.length; at++) {
      const rows = wavelengths[at] ?? noRows;
      if (rows.length === 0) continue;
      for (const row of rows) if (left-- > 0) holder[row] = -1;
      notePool(state, links[at] ?? 0);
      if (left <= 0) return;
    }
  }
}

/** Marks every wavelength held alone; on a conflict nothing stays marked and the reason comes back. */
function markHeld(state: State, row: number, grant: Grant): string | null {
  const { fabric } = state.plant.cluster;
  const { holder } = state.wavelengths;
  let marked = 0;
  for (const { links, wavelengths } of grant.paths) {
    for (let at = 0; at < wavelengths.length; at++) {
      const rows = wavelengths[at] ?? noRows;
      for (const wavelength of rows) {
        const isFree = holder[wavelength] === -1 && fabric.wavelengthLink[wavelength] === links[at];
        if (!isFree) {
          letGo(state, grant, marked);
          return `wavelength ${wavelength} of link ${links[at] ?? -1} is not free for lease ${grant.id}`;
        }
        holder[wavelength] = row;
        marked += 1;
      }
      if (rows.length > 0) notePool(state, links[at] ?? 0);
    }
  }
  return null;
}

/** Adds what a grant shares to its links, or takes it off them (`sign` -1). */
function share({ links: { sharedGbps } }: State, { paths }: Grant, sign: 1 | -1): void {
  for (const { links, wavelengths, rateGbps } of paths) {
    const rate = sign * countedGbps(rateGbps);
    for (let at = 0; at < links.length; at++) {
      const link = links[at] ?? 0;
      if ((wavelengths[at]?.length ?? 0) === 0) sharedGbps[link] = (sharedGbps[link] ?? 0) + rate;
    }
  }
}

/** Lets lease row `row` hold the grant; answers why it cannot, and then nothing has changed. */
export function holdGrant(state: State, row: number, grant: Grant): string | null {
  const { leasesOfLink, plant: { cluster: { fabric: { linkCount } } } } = state;
  for (const { links } of grant.paths) for (const link of links) if (!(link >= 0 && link < linkCount)) return `lease ${grant.id} names link ${link}, which does not exist`;
  const problem = markHeld(state, row, grant);
  if (problem !== null) return problem;
  share(state, grant, 1);
  for (const { links } of grant.paths) for (const link of links) leasesOfLink.add(link, row);
  return null;
}

/** Takes what lease row `row` holds back. */
export function releaseGrant(state: State, row: number, grant: Grant): void {
  letGo(state, grant, Infinity);
  share(state, grant, -1);
  for (const { links } of grant.paths) for (const link of links) state.leasesOfLink.remove(link, row);
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
