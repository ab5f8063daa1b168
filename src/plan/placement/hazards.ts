/**
 * Failures by what they take along: components whose failure cuts the same accelerators and slows the same ones are one hazard.
 *
 * A cluster of 16,384 accelerators has about 10^5 parts that fail, but a rank is in the reach of a few dozen hazards only, so the
 * risk of a placement is one pass over its ranks. Sets are told apart by their sizes and two 32-bit FNV-1a hashes.
 */

import type { Csr } from '../../base/csr.ts';
import { groupRows } from '../../base/csr.ts';
import { growingInts } from '../../base/growing.ts';
import type { CompiledCluster } from '../../fabric/compiled.ts';
import type { ComponentIx } from '../../fabric/fabric.ts';
import { linkTiers } from '../../fabric/fabric.ts';
import type { Blast, FaultDomains } from '../../fabric/fault-domain.ts';
import type { HazardRates } from './hazard-rates.ts';

/** Parallel arrays by hazard, and the hazards that reach each rank. */
export interface Hazards {
  readonly count: number;
  readonly perH: Float64Array;
  /** Rate times repair hours. */
  readonly awayShare: Float64Array;
  /** Its first component. */
  readonly example: Int32Array;
  /** 1 where only links above the access tier are hurt, so that a job inside one pod does not feel it. */
  readonly isAbove: Uint8Array;
  /** Rank to the hazards that cut it, and to those that slow it. */
  readonly cutting: Csr;
  readonly slowing: Csr;
}

const fnvPrime = 0x01000193;
const hashOf = (rows: Int32Array, seed: number): number => {
  let hash = seed;
  for (const row of rows) hash = Math.imul(hash ^ row, fnvPrime) ^ (hash >>> 15);
  return hash >>> 0;
};

const access = linkTiers.indexOf('access');

interface Draft {
  perH: number;
  awayShare: number;
  readonly example: number;
  readonly isAbove: boolean;
}

/** Memberships while they grow: hazard of each entry and the rank it reaches. */
interface Reach {
  readonly rank: ReturnType<typeof growingInts>;
  readonly hazard: ReturnType<typeof growingInts>;
}

function byRank(reach: Reach, ranks: number): Csr {
  const hazard = reach.hazard.finish();
  const grouped = groupRows(reach.rank.finish(), ranks);
  return { offset: grouped.offset, row: grouped.row.map((entry) => hazard[entry] ?? 0) };
}

/** True when every link that the failure hurts lies above the access tier. */
function isAboveAccess(cluster: CompiledCluster, blast: Blast): boolean {
  const { linkTier } = cluster.fabric;
  const isAbove = (link: number): boolean => (linkTier[link] ?? 0) > access;
  return blast.cutRanks.length === 0 && blast.lostLinkRows.every(isAbove) && blast.deratedLinkRows.every(isAbove);
}

interface HazardQuestion {
  readonly cluster: CompiledCluster;
  readonly domains: FaultDomains;
  readonly rates: HazardRates;
  /** Components that are down already: they fail no more, and what stood in for them takes more with it. */
  readonly down: readonly ComponentIx[];
}

/** What one more failure takes: accelerators that it cuts by itself or together with what is down, and others that it slows. */
type FindHit = (component: ComponentIx) => Pick<Blast, 'cutRanks' | 'slowedRanks'> & { readonly isAbove: boolean } | null;

function hitFinder({ cluster, domains, down }: HazardQuestion): FindHit {
  const [first, ...others] = down;
  const before = first === undefined ? null : domains.blast(first, others);
  const isDown = new Set(before?.componentRows);
  const isCut = new Set(before?.cutRanks);
  return (component) => {
    if (isDown.has(component)) return null;
    const alone = domains.blast(component);
    if (before === null) return { cutRanks: alone.cutRanks, slowedRanks: alone.slowedRanks, isAbove: isAboveAccess(cluster, alone) };
    const together = domains.blast(component, down).cutRanks.filter((rank) => !isCut.has(rank));
    const cut = new Set([...alone.cutRanks, ...together]);
    return { cutRanks: Int32Array.from(cut).sort(), slowedRanks: alone.slowedRanks.filter((rank) => !cut.has(rank)), isAbove: cut.size === 0 && isAboveAccess(cluster, alone) };
  };
}

/** One fault domain per failing component, two where something is down: the cost of an index. */
export function hazardsOf(question: HazardQuestion): Hazards {
  const { cluster: { fabric }, rates } = question;
  const find = hitFinder(question);
  const known = new Map<string, Draft>();
  const drafts: Draft[] = [];
  const cut: Reach = { rank: growingInts(), hazard: growingInts() };
  const slowed: Reach = { rank: growingInts(), hazard: growingInts() };
  for (let row = 0; row < fabric.componentCount; row++) {
    const perH = rates.perH[row] ?? 0;
    if (perH === 0) continue;
    const hit = find(row as ComponentIx);
    if (hit === null || hit.cutRanks.length + hit.slowedRanks.length === 0) continue;
    const { cutRanks, slowedRanks, isAbove } = hit;
    const key = `${isAbove} ${cutRanks.length} ${hashOf(cutRanks, 1)} ${hashOf(cutRanks, 2)} ${slowedRanks.length} ${hashOf(slowedRanks, 1)} ${hashOf(slowedRanks, 2)}`;
    let draft = known.get(key);
    if (draft === undefined) {
      known.set(key, (draft = { perH: 0, awayShare: 0, example: row, isAbove }));
      for (const rank of cutRanks) { cut.rank.push(rank); cut.hazard.push(drafts.length); }
      for (const rank of slowedRanks) { slowed.rank.push(rank); slowed.hazard.push(drafts.length); }
      drafts.push(draft);
    }
    draft.perH += perH;
    draft.awayShare += rates.awayShare[row] ?? 0;
  }
  const ranks = fabric.gpuNode.length;
  return {
    count: drafts.length,
    perH: Float64Array.from(drafts, (draft) => draft.perH), awayShare: Float64Array.from(drafts, (draft) => draft.awayShare),
    example: Int32Array.from(drafts, (draft) => draft.example), isAbove: Uint8Array.from(drafts, (draft) => (draft.isAbove ? 1 : 0)),
    cutting: byRank(cut, ranks), slowing: byRank(slowed, ranks),
  };
}
