/**
 * List edge colouring of bipartite multigraphs by Galvin's proof, for ports whose wavelengths are partly out of service.
 *
 * Galvin (J. Combinatorial Theory B 63, 1995): if every edge has at least as many allowed colours as the largest degree, all edges
 * can be coloured from their own lists. The proof is an algorithm: take any proper colouring as a ranking; at one side of an edge
 * low ranks are preferred, at the other high ranks; then colour by colour, the edges that allow the colour form a stable-marriage
 * problem, and a stable matching (Gale and Shapley, 1962) takes it. O(E x colours).
 * Deciding whether shorter lists suffice is NP-complete even for bipartite graphs (Easton and Parker, 2001), so below this bound
 * nothing exact is promised. Existence is known further, for lists as long as the larger degree of the edge's own two ends
 * (Borodin, Kostochka and Woodall, J. Combinatorial Theory B 71, 1997).
 *
 * Bounds: edges name ports below `portCount`; ranks and colours have one entry per edge.
 */

import type { EdgeList } from './euler-colouring.ts';

export interface ListColouringQuestion {
  readonly edges: EdgeList;
  readonly colours: number;
  /** Any proper colouring: edges that share a port have different ranks. */
  readonly rank: Int32Array;
  isAllowed(edge: number, colour: number): boolean;
}

/** The colour of each edge; -1 at an edge whose list was too short. Every list at least as long as the largest degree: no -1. */
export function colourFromLists({ edges, colours, rank, isAllowed }: ListColouringQuestion): Int32Array {
  const edgeCount = edges.from.length;
  const colour = new Int32Array(edgeCount).fill(-1);
  const taken = new Int32Array(edges.portCount);
  // Proposals run over a port's edges from the lowest rank up; edges sorted by rank do that for all ports at once.
  const byRank = Int32Array.from({ length: edgeCount }, (_, edge) => edge).sort((left, right) => rank[left]! - rank[right]! || left - right);
  const isProposed = new Uint8Array(edgeCount);
  for (let chosen = 0; chosen < colours; chosen++) {
    taken.fill(-1);
    isProposed.fill(0);
    for (let hasMoved = true; hasMoved;) {
      hasMoved = false;
      for (const edge of byRank) {
        if (colour[edge] !== -1 || isProposed[edge] === 1 || taken[edges.from[edge]!]! >= 0 || !isAllowed(edge, chosen)) continue;
        isProposed[edge] = 1;
        const rival = taken[edges.to[edge]!]!;
        if (rival >= 0 && rank[rival]! > rank[edge]!) continue;
        if (rival >= 0) {
          taken[edges.from[rival]!] = -1;
          hasMoved = true;
        }
        taken[edges.from[edge]!] = edge;
        taken[edges.to[edge]!] = edge;
      }
    }
    for (let edge = 0; edge < edgeCount; edge++) if (taken[edges.from[edge]!] === edge) colour[edge] = chosen;
  }
  return colour;
}
