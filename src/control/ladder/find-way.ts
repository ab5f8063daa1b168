/**
 * Another path for a lease: with enough free light on every link, and whole free wavelengths where it holds light alone.
 *
 * The fabric's own routes come first, over the circuits as they stand; then the widest of the shortest paths around what is full or
 * avoided, through other accelerators' domains if need be.
 */

import { isRefusal } from '../../base/refusal.ts';
import { isShut } from '../../plan/paths/enclosures.ts';
import { findPath } from '../../plan/paths/find-path.ts';
import type { GrantPath } from '../../plan/plan.ts';
import { takeHeardRoute } from '../devices/unheard.ts';
import { wayIsJoined } from '../leases/routes.ts';
import { pathOver } from '../leases/seek-light.ts';
import { pathsOver } from '../circuit-ports.ts';
import { rateStepGbps } from '../lease-terms.ts';
import type { State } from '../state.ts';
import type { Ledger } from './ledger.ts';
import { rateSlack } from './ledger.ts';

export interface Way {
  readonly fromRank: number;
  readonly toRank: number;
  readonly rateGbps: number;
  /** Whole wavelengths, held alone. */
  readonly alone: boolean;
  /** Links that must not be used. One function for all ways of a decision: what is free beside them is kept for the next search. */
  readonly avoid: (link: number) => boolean;
  /** Links that this way alone must not use. */
  readonly broken?: ReadonlySet<number>;
}

/** False where some link of a way is to be avoided or lacks the room, so that there is no need to look closer. */
function mayCarry(residualGbps: (link: number) => number, links: readonly number[], { rateGbps, broken }: Way): boolean {
  const leastGbps = rateGbps * (1 - rateSlack) - rateStepGbps;
  for (const link of links) {
    const free = residualGbps(link);
    if (free <= 0 || free < leastGbps || broken?.has(link) === true) return false;
  }
  return true;
}

/** All of the rate over these links, or nothing. */
function wholePath(state: State, ledger: Ledger, links: readonly number[], way: Way): GrantPath | null {
  const path = pathOver({ state, ledger }, links, way);
  return path !== null && path.rateGbps >= way.rateGbps * (1 - rateSlack) ? path : null;
}

/** A path for a lease, or `null` where there is none with the light. */
export function findWayRound(state: State, ledger: Ledger, way: Way): GrantPath | null {
  const { fabric } = state.plant.cluster;
  const search = pathsOver(state.plant, state.circuits);
  const residualGbps = ledger.residualGbps(way.avoid);
  const query = {
    from: fabric.gpuNode[way.fromRank] ?? 0, to: fabric.gpuNode[way.toRank] ?? 0, residualGbps, needGbps: way.rateGbps * (1 - rateSlack), avoidLinks: way.broken ?? [], enclosures: ledger.enclosures,
  };
  if (isShut(ledger.enclosures, search, query)) return null;
  const path = takeHeardRoute(state, way, (links) => (mayCarry(residualGbps, links, way) ? wholePath(state, ledger, links, way) : null));
  if (path !== null) return path;
  const found = findPath(search, query);
  if (isRefusal(found) || !wayIsJoined(state, found.links)) return null;
  return wholePath(state, ledger, found.links, way);
}
