/**
 * Ways between two scale-up domains by ports that the usual ways leave idle: where the far port of a rail is dark, its near port can
 * still reach another rail of the same switches, and inside the domain the bits change rails again.
 *
 * Idle ports of both domains are paired in their order, each with the first that a path leads to. Cost: at most `crossTriesMax`
 * searches for each pair of domains.
 */

import { isRefusal } from '../../base/refusal.ts';
import { linkTiers } from '../../fabric/fabric.ts';
import { findPath } from '../../plan/paths/find-path.ts';
import { candidateRoutes, wayIsJoined } from '../leases/routes.ts';
import type { State } from '../state.ts';

type Links = readonly number[];

/** Searches between two domains: as many as pair eight idle ports with the second that is tried. */
const crossTriesMax = 16;
/** On larger fabrics the searches would visit more links than a decision has time for: there these ways are not sought. */
const crossLinksMax = 32_768;

interface Core {
  readonly fromRank: number;
  readonly toRank: number;
  readonly links: Links;
}

interface Port {
  readonly rank: number;
  readonly link: number;
}

const scaleUp = linkTiers.indexOf('scaleUp');

export class CrossWays {
  readonly #state: State;
  readonly #isUsable: (link: number) => boolean;
  /** Something on usable links, nothing on others. */
  readonly #lit: (link: number) => number;
  readonly #cores = new Map<string, readonly Core[]>();

  constructor(state: State, isUsable: (link: number) => boolean) {
    this.#state = state;
    this.#isUsable = isUsable;
    this.#lit = (link) => (isUsable(link) ? 1 : 0);
  }

  /** Lit ports of a domain by which no known way goes: those that leave it, or those that enter it. */
  #idlePorts(domain: number, inwards: boolean, used: ReadonlySet<number>): Port[] {
    const { fabric } = this.#state.plant.cluster;
    const size = Math.max(1, fabric.gpusPerScaleUpDomain);
    const found: Port[] = [];
    for (let rank = domain * size; rank < Math.min((domain + 1) * size, fabric.gpuNode.length); rank++) {
      const node = fabric.gpuNode[rank] ?? 0;
      for (const out of fabric.outLink.subarray(fabric.outOffset[node], fabric.outOffset[node + 1])) {
        const link = inwards ? (fabric.linkReverse[out] ?? out) : out;
        if (fabric.linkTier[out] !== scaleUp && this.#isUsable(link) && !used.has(link)) found.push({ rank, link });
      }
    }
    return found;
  }

  #coresOf(from: number, to: number, known: readonly Links[]): readonly Core[] {
    const { fabric } = this.#state.plant.cluster;
    if (fabric.linkCount > crossLinksMax) return [];
    const used = new Set(known.flat());
    const leaving = this.#idlePorts(from, false, used);
    const entering = this.#idlePorts(to, true, used);
    const found: Core[] = [];
    let tries = 0;
    for (const { rank, link } of leaving) {
      for (const [at, far] of entering.entries()) {
        if (tries++ >= crossTriesMax) return found;
        const others = [...leaving, ...entering].flatMap((port) => (port.link === link || port.link === far.link ? [] : [port.link]));
        const path = findPath(this.#state.plant.paths, {
          from: fabric.gpuNode[rank] ?? 0, to: fabric.gpuNode[far.rank] ?? 0, residualGbps: this.#lit, needGbps: 0, throughGpus: false, avoidLinks: [...others, ...used],
        });
        if (isRefusal(path) || !wayIsJoined(this.#state, path.links)) continue;
        found.push({ fromRank: rank, toRank: far.rank, links: path.links });
        entering.splice(at, 1);
        break;
      }
    }
    return found;
  }

  /** Ways beside `known`, which lead between the same domains. */
  between({ fromRank, toRank }: { readonly fromRank: number; readonly toRank: number }, known: readonly Links[]): readonly Links[] {
    const size = Math.max(1, this.#state.plant.cluster.fabric.gpusPerScaleUpDomain);
    const [from, to] = [Math.floor(fromRank / size), Math.floor(toRank / size)];
    if (from === to) return [];
    const key = `${from} ${to}`;
    let cores = this.#cores.get(key);
    if (cores === undefined) this.#cores.set(key, (cores = this.#coresOf(from, to, known)));
    return cores.flatMap((core): readonly Links[] => {
      const [before, after] = [[fromRank, core.fromRank], [core.toRank, toRank]].map(([a, b]) => (a === b ? [] : candidateRoutes(this.#state, { fromRank: a ?? 0, toRank: b ?? 0 }, 1)[0]));
      return before === undefined || after === undefined ? [] : [[...before, ...core.links, ...after]];
    });
  }
}
