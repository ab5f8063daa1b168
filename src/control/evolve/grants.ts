/** Writes who holds which light: wavelengths held alone, rates shared on links, and which leases pass over a link. */

import type { Grant } from '../../plan/plan.ts';
import { notePool } from '../light.ts';
import type { State } from '../state.ts';

/** Shared rates are counted in steps of 2^-20 Gb/s, about a kilobit per second: sums of such numbers are exact, so giving back leaves no trace. */
const sharedStep = 2 ** 20;

export const countedGbps = (rateGbps: number): number => Math.round(rateGbps * sharedStep) / sharedStep;

/** Takes back the first `count` wavelengths of a grant in its own order. */
function letGo(state: State, grant: Grant, count: number): void {
  const { wavelengthLink } = state.plant.cluster.fabric;
  let left = count;
  for (const { wavelengths } of grant.paths) {
    for (const rows of wavelengths) {
      for (const row of rows) {
        if (left-- <= 0) return;
        state.wavelengths.holder[row] = -1;
        notePool(state, wavelengthLink[row] ?? 0);
      }
    }
  }
}

/** Marks every wavelength held alone; on a conflict nothing stays marked and the reason comes back. */
function markHeld(state: State, row: number, grant: Grant): string | null {
  const { fabric } = state.plant.cluster;
  const { holder } = state.wavelengths;
  let marked = 0;
  for (const { links, wavelengths } of grant.paths) {
    for (const [at, rows] of wavelengths.entries()) {
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

const forShared = (grant: Grant, visit: (link: number, rateGbps: number) => void): void => {
  for (const { links, wavelengths, rateGbps } of grant.paths) {
    for (let at = 0; at < links.length; at++) if ((wavelengths[at]?.length ?? 0) === 0) visit(links[at] ?? 0, countedGbps(rateGbps));
  }
};

/** Lets lease row `row` hold the grant; answers why it cannot, and then nothing has changed. */
export function holdGrant(state: State, row: number, grant: Grant): string | null {
  const { linkCount } = state.plant.cluster.fabric;
  for (const { links } of grant.paths) for (const link of links) if (!(link >= 0 && link < linkCount)) return `lease ${grant.id} names link ${link}, which does not exist`;
  const problem = markHeld(state, row, grant);
  if (problem !== null) return problem;
  const { sharedGbps } = state.links;
  forShared(grant, (link, rate) => void (sharedGbps[link] = (sharedGbps[link] ?? 0) + rate));
  for (const { links } of grant.paths) {
    for (const link of links) {
      const ids = state.leasesOfLink.get(link);
      if (ids === undefined) state.leasesOfLink.set(link, new Set([grant.id]));
      else ids.add(grant.id);
    }
  }
  return null;
}

/** Takes a held grant back. */
export function releaseGrant(state: State, grant: Grant): void {
  letGo(state, grant, Infinity);
  const { sharedGbps } = state.links;
  forShared(grant, (link, rate) => void (sharedGbps[link] = (sharedGbps[link] ?? 0) - rate));
  for (const { links } of grant.paths) {
    for (const link of links) {
      state.leasesOfLink.get(link)?.delete(grant.id);
    }
  }
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
