/** Another path for a lease: with enough free light on every link, and, where its class holds wavelengths alone, whole free ones. */

import type { LinkIx, NodeIx } from '../../fabric/fabric.ts';
import { routeAround } from '../../fabric/routing/detour.ts';
import type { GrantPath } from '../../plan/plan.ts';
import type { State } from '../state.ts';
import type { Ledger } from './ledger.ts';

export interface Way {
  readonly fromRank: number;
  readonly toRank: number;
  readonly rateGbps: number;
  /** Whole wavelengths, held alone. */
  readonly alone: boolean;
  /** Links that must not be used. */
  avoid(link: number): boolean;
}

/** Equal-cost ways that are tried before a way round is searched. */
const hashesMax = 32;
/** An odd multiplier visits different hashes; the golden ratio spreads them. */
const hashStep = 0x9e3779b1;

/** A path over these links if the ledger has the light for it. */
export function pathOver(ledger: Ledger, links: readonly number[], { rateGbps, alone }: Pick<Way, 'rateGbps' | 'alone'>): GrantPath | null {
  const wavelengths: (readonly number[])[] = [];
  for (const link of links) {
    if (!alone) {
      if (ledger.freeGbps(link) < rateGbps * (1 - 1e-9)) return null;
      wavelengths.push([]);
      continue;
    }
    const rows = ledger.freeWavelengths(link, rateGbps);
    if (rows === null) return null;
    wavelengths.push(rows);
  }
  return { links, wavelengths, rateGbps };
}

/** The fabric's own routes first, in the order of their hashes; then the shortest way round what is full or avoided. */
export function findWay(state: State, ledger: Ledger, way: Way): GrantPath | null {
  const { fabric } = state.plant.cluster;
  const from = (fabric.gpuNode[way.fromRank] ?? 0) as NodeIx;
  const to = (fabric.gpuNode[way.toRank] ?? 0) as NodeIx;
  const into = new Int32Array(Math.max(fabric.routing.hopsMax, 1));
  const tried = new Set<string>();
  for (let choice = 0; choice < hashesMax; choice++) {
    const hops = fabric.routing.route(from, to, Math.imul(choice, hashStep) | 0, into);
    if (hops < 0) break;
    const links = Array.from(into.subarray(0, hops));
    const key = links.join(',');
    if (tried.has(key)) continue;
    tried.add(key);
    if (links.some((link) => way.avoid(link))) continue;
    const path = pathOver(ledger, links, way);
    if (path !== null) return path;
  }
  return null;
}

/** The same, and if need be through other accelerators' domains. */
export function findWayRound(state: State, ledger: Ledger, way: Way): GrantPath | null {
  const usual = findWay(state, ledger, way);
  if (usual !== null) return usual;
  const { fabric } = state.plant.cluster;
  const lacks = (link: LinkIx): boolean => way.avoid(link) || pathOver(ledger, [link], way) === null;
  const around = routeAround(fabric, lacks);
  const into = new Int32Array(around.hopsMax);
  const hops = around.route((fabric.gpuNode[way.fromRank] ?? 0) as NodeIx, (fabric.gpuNode[way.toRank] ?? 0) as NodeIx, 0, into);
  return hops < 0 ? null : pathOver(ledger, Array.from(into.subarray(0, hops)), way);
}
