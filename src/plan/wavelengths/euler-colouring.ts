/**
 * Colours the edges of a bipartite multigraph by Euler splits, so that a whole demand set gets its wavelengths in one pass.
 *
 * Ports are vertices, demands are edges, wavelengths are colours. Koenig (Math. Annalen 77, 1916): a bipartite multigraph of
 * degree D needs exactly D colours. Gabow (Int. J. Computer and Information Sciences 5, 1976): an Euler split halves every degree,
 * so an even number of colours is halved with it, O(E log W) in all. Where the number of colours is odd, the smaller half has one
 * colour too few at some ports; one edge per such port is left over, and the caller brings it in along an alternating path.
 * (Cole, Ost and Schirra, Combinatorica 21, 2001, avoid that step and reach O(E log W) strictly; at up to 64 colours it is not
 * what takes the time.)
 *
 * Bounds: edges name ports below `portCount`, `order` holds each edge once, and every scratch array has one entry per edge or port.
 */

export interface EdgeList {
  /** Ends of each edge; the two sides have different port numbers. */
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly portCount: number;
}

interface Split {
  readonly edges: EdgeList;
  readonly colour: Int32Array;
  readonly order: Int32Array;
  readonly degree: Int32Array;
  /** The edge at a port that still waits for a partner. */
  readonly waiting: Int32Array;
  readonly partnerFrom: Int32Array;
  readonly partnerTo: Int32Array;
  /** 0 or 1 once an edge has its half, 2 before. */
  readonly half: Uint8Array;
  readonly pending: number[];
}

/** Pairs the edges of the range at each port, so that pairs chain up to paths and even cycles. */
function pairUp(split: Split, first: number, end: number): void {
  const { edges: { from, to }, order, waiting, partnerFrom, partnerTo, half } = split;
  for (let at = first; at < end; at++) {
    const edge = order[at]!;
    waiting[from[edge]!] = -1;
    waiting[to[edge]!] = -1;
    half[edge] = 2;
  }
  for (let at = first; at < end; at++) {
    const edge = order[at]!;
    for (const [port, partner] of [[from[edge]!, partnerFrom], [to[edge]!, partnerTo]] as const) {
      const other = waiting[port]!;
      partner[edge] = other;
      if (other >= 0) partner[other] = edge;
      waiting[port] = other >= 0 ? -1 : edge;
    }
  }
}

/** Gives every edge of the range a half such that partners differ: chains alternate, and cycles are even because the graph is bipartite. */
function takeHalves(split: Split, first: number, end: number): void {
  const { order, partnerFrom, partnerTo, half } = split;
  const walk = (start: number, viaFrom: boolean): void => {
    let edge = start;
    let side = half[start]!;
    let isFrom = viaFrom;
    for (;;) {
      edge = isFrom ? partnerFrom[edge]! : partnerTo[edge]!;
      if (edge < 0 || half[edge] !== 2) return;
      side = 1 - side;
      half[edge] = side;
      isFrom = !isFrom;
    }
  };
  for (let at = first; at < end; at++) {
    const edge = order[at]!;
    if (half[edge] !== 2) continue;
    half[edge] = 0;
    walk(edge, true);
    walk(edge, false);
  }
}

/** Moves the edges of the wanted half to the front of the range, in a stable order; returns where the other half starts. */
function partition(split: Split, first: number, end: number): number {
  const { order, half } = split;
  const zeros: number[] = [];
  const ones: number[] = [];
  for (let at = first; at < end; at++) (half[order[at]!] === 0 ? zeros : ones).push(order[at]!);
  order.set(zeros, first);
  order.set(ones, first + zeros.length);
  return first + zeros.length;
}

/** Puts aside one edge of the range at each port of more than `most` edges; returns the new end of the range. */
function trim(split: Split, range: { readonly first: number; readonly end: number; readonly most: number }): number {
  const { edges: { from, to }, order, degree, pending } = split;
  const { first, end, most } = range;
  for (let at = first; at < end; at++) {
    degree[from[order[at]!]!] = 0;
    degree[to[order[at]!]!] = 0;
  }
  for (let at = first; at < end; at++) {
    degree[from[order[at]!]!]! += 1;
    degree[to[order[at]!]!]! += 1;
  }
  let kept = first;
  for (let pass = 0; pass < 2; pass++) {
    // Edges with both ends too full go first: each brings two ports down.
    const last = pass === 0 ? end : kept;
    kept = first;
    for (let at = first; at < last; at++) {
      const edge = order[at]!;
      const tooFull = (degree[from[edge]!]! > most ? 1 : 0) + (degree[to[edge]!]! > most ? 1 : 0);
      if (tooFull < 2 - pass) order[kept++] = edge;
      else {
        pending.push(edge);
        degree[from[edge]!]! -= 1;
        degree[to[edge]!]! -= 1;
      }
    }
  }
  return kept;
}

function colourRange(split: Split, range: { readonly first: number; readonly end: number; readonly firstColour: number; readonly colours: number }): void {
  const { first, end, firstColour, colours } = range;
  if (first === end) return;
  if (colours === 1) {
    for (let at = first; at < end; at++) split.colour[split.order[at]!] = firstColour;
    return;
  }
  pairUp(split, first, end);
  takeHalves(split, first, end);
  const middle = partition(split, first, end);
  const more = (colours + 1) >> 1;
  colourRange(split, { first, end: middle, firstColour, colours: more });
  const last = colours % 2 === 0 ? end : trim(split, { first: middle, end, most: colours - more });
  colourRange(split, { first: middle, end: last, firstColour: firstColour + more, colours: colours - more });
}

export interface EulerColouring {
  /** Colour of each edge, -1 for those left over. */
  readonly colour: Int32Array;
  /** Edges left over at odd numbers of colours; an alternating path has room for each of them. */
  readonly pending: readonly number[];
}

/** Colours a multigraph of degree at most `colours`. O(E log colours). A higher degree is a caller's bug and throws. */
export function colourByEulerSplits(edges: EdgeList, colours: number): EulerColouring {
  const edgeCount = edges.from.length;
  const split: Split = {
    edges, colour: new Int32Array(edgeCount).fill(-1), order: Int32Array.from({ length: edgeCount }, (_, edge) => edge),
    degree: new Int32Array(edges.portCount), waiting: new Int32Array(edges.portCount), partnerFrom: new Int32Array(edgeCount), partnerTo: new Int32Array(edgeCount),
    half: new Uint8Array(edgeCount), pending: [],
  };
  for (let edge = 0; edge < edgeCount; edge++) {
    for (const port of [edges.from[edge]!, edges.to[edge]!]) {
      split.degree[port]! += 1;
      if (split.degree[port]! > colours) throw new Error(`port ${port} has more than ${colours} edges`);
    }
  }
  colourRange(split, { first: 0, end: edgeCount, firstColour: 0, colours });
  return { colour: split.colour, pending: split.pending };
}
