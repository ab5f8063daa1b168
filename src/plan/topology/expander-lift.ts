/**
 * Expanders for an all-to-all: a small pattern of vertices joined with strides, repeated round a circle, and a seeded search for the
 * pattern that loads its busiest link least.
 *
 * Place (v, i) of `count = vertices x turns` places is joined with (w, i + s mod turns) for every edge v - w of the pattern with
 * stride s (a lift of the pattern by voltages in a cyclic group; Gross and Tucker, Topological Graph Theory, 1987, chapter 2). One
 * vertex gives the strides of a circulant; several give graphs that no torus reaches, and still every turn looks alike, so one
 * source per vertex tells all loads. The search changes one stride or exchanges the ends of two edges and keeps what is no worse.
 *
 * Bounds: half-edge h of vertex v is at v * degree + h, `twin` names its other end, places are v * turns + i, and arrays are sized by
 * these products, so every index below is in range.
 */

import type { Dice } from '../../base/dice.ts';

/** Duplex edges as half-edges: each vertex has `degree`. */
export interface LiftPattern {
  readonly vertices: number;
  readonly turns: number;
  readonly degree: number;
  /** Half-edge at the other end, and the stride from this end to that one. */
  readonly twin: Int32Array;
  readonly stride: Int32Array;
}

export interface LiftLoads {
  /** Flow units on the busiest directed link when every ordered pair sends one unit, split evenly over shortest paths; Infinity when places are cut off. */
  readonly loadMax: number;
  readonly loadMean: number;
  readonly meanHops: number;
  readonly diameter: number;
}

interface Scratch {
  readonly hops: Int32Array;
  readonly order: Int32Array;
  readonly paths: Float64Array;
  readonly flow: Float64Array;
  readonly load: Float64Array;
  readonly next: Int32Array;
}

const createScratch = ({ vertices, turns, degree }: LiftPattern): Scratch => ({
  hops: new Int32Array(vertices * turns), order: new Int32Array(vertices * turns), paths: new Float64Array(vertices * turns), flow: new Float64Array(vertices * turns),
  load: new Float64Array(vertices * degree), next: new Int32Array(vertices * turns * degree),
});

/** Neighbours of every place, half-edge by half-edge. */
export function liftNeighbours({ vertices, turns, degree, twin, stride }: LiftPattern, next: Int32Array = new Int32Array(vertices * turns * degree)): Int32Array {
  for (let half = 0; half < vertices * degree; half++) {
    const from = Math.floor(half / degree) * turns;
    const to = Math.floor(twin[half]! / degree) * turns;
    const port = half % degree;
    for (let turn = 0; turn < turns; turn++) next[(from + turn) * degree + port] = to + ((turn + stride[half]!) % turns);
  }
  return next;
}

/** Adds what one source puts on each half-edge; returns the sum of hops, -1 when a place is cut off. */
function addSource({ turns, degree }: LiftPattern, scratch: Scratch, source: number): number {
  const { hops, order, paths, flow, load, next } = scratch;
  const count = hops.length;
  hops.fill(-1);
  paths.fill(0);
  flow.fill(0);
  hops[source] = 0;
  paths[source] = 1;
  order[0] = source;
  let tail = 1;
  for (let head = 0; head < tail; head++) {
    const place = order[head]!;
    for (let port = 0; port < degree; port++) {
      const there = next[place * degree + port]!;
      if (hops[there]! < 0) {
        hops[there] = hops[place]! + 1;
        order[tail++] = there;
      }
      if (hops[there] === hops[place]! + 1) paths[there]! += paths[place]!;
    }
  }
  if (tail < count) return -1;
  let sum = 0;
  for (let at = count - 1; at >= 0; at--) {
    const place = order[at]!;
    sum += hops[place]!;
    // Links are duplex, so the places before this one are among its neighbours; the flow is booked at their end of the edge, later.
    flow[place]! += at > 0 ? 1 : 0;
    const vertex = Math.floor(place / turns);
    for (let port = 0; port < degree; port++) {
      const there = next[place * degree + port]!;
      if (hops[there] !== hops[place]! + 1) continue;
      const share = (flow[there]! * paths[place]!) / paths[there]!;
      flow[place]! += share;
      load[vertex * degree + port]! += share;
    }
  }
  return sum;
}

/** O(vertices x places x degree). */
function weigh(pattern: LiftPattern, scratch: Scratch): LiftLoads {
  const { vertices, turns, degree } = pattern;
  const count = vertices * turns;
  scratch.load.fill(0);
  liftNeighbours(pattern, scratch.next);
  let hops = 0;
  let diameter = 0;
  for (let vertex = 0; vertex < vertices; vertex++) {
    const sum = addSource(pattern, scratch, vertex * turns);
    if (sum < 0) return { loadMax: Infinity, loadMean: Infinity, meanHops: Infinity, diameter: Infinity };
    hops += sum;
    diameter = Math.max(diameter, scratch.hops[scratch.order[count - 1]!]!);
  }
  let loadMax = 0;
  for (let half = 0; half < vertices * degree; half++) loadMax = Math.max(loadMax, scratch.load[half]!);
  return { loadMax, loadMean: hops / vertices / degree, meanHops: hops / vertices / (count - 1), diameter };
}

export const liftLoads = (pattern: LiftPattern): LiftLoads => weigh(pattern, createScratch(pattern));

/** Half-edges paired at random, strides at random. `vertices` x `degree` must be even. */
function drawPattern(size: Pick<LiftPattern, 'vertices' | 'turns' | 'degree'>, dice: Dice): LiftPattern {
  const halves = size.vertices * size.degree;
  const order = Int32Array.from({ length: halves }, (_, half) => half);
  dice.shuffle(order);
  const twin = new Int32Array(halves);
  const stride = new Int32Array(halves);
  for (let at = 0; at + 1 < halves; at += 2) join({ ...size, twin, stride }, { one: order[at]!, other: order[at + 1]! }, dice.below(size.turns));
  return { ...size, twin, stride };
}

function join({ turns, twin, stride }: LiftPattern, ends: { readonly one: number; readonly other: number }, by: number): void {
  twin[ends.one] = ends.other;
  twin[ends.other] = ends.one;
  stride[ends.one] = by;
  stride[ends.other] = (turns - by) % turns;
}

/** One random change: a new stride for an edge, or two edges with ends exchanged and new strides. */
function changed(pattern: LiftPattern, dice: Dice): LiftPattern {
  const next = { ...pattern, twin: pattern.twin.slice(), stride: pattern.stride.slice() };
  const halves = next.twin.length;
  const one = dice.below(halves);
  const other = dice.below(halves);
  const [oneEnd, otherEnd] = [next.twin[one]!, next.twin[other]!];
  if (dice.uniform() < 0.5 || other === one || other === oneEnd) {
    join(next, { one, other: oneEnd }, dice.below(next.turns));
    return next;
  }
  join(next, { one, other }, dice.below(next.turns));
  join(next, { one: oneEnd, other: otherEnd }, dice.below(next.turns));
  return next;
}

export interface ExpanderQuestion {
  readonly places: number;
  /** Duplex ports per place. */
  readonly degree: number;
  /** Vertices of the pattern; must divide `places`. More make better graphs and longer searches. */
  readonly vertices: number;
  /** Patterns weighed. */
  readonly triesMax: number;
  readonly dice: Dice;
}

export interface Expander { readonly pattern: LiftPattern; readonly loads: LiftLoads; readonly tries: number }

/** Better is the smaller busiest link, then the smaller mean. */
export function findExpander({ places, degree, vertices, triesMax, dice }: ExpanderQuestion): Expander {
  if (places % vertices !== 0 || (vertices * degree) % 2 !== 0) throw new RangeError(`${vertices} vertices of degree ${degree} do not lift to ${places} places`);
  let pattern = drawPattern({ vertices, turns: places / vertices, degree }, dice);
  const scratch = createScratch(pattern);
  let loads = weigh(pattern, scratch);
  for (let tries = 1; tries < triesMax; tries++) {
    const next = changed(pattern, dice);
    const found = weigh(next, scratch);
    if (found.loadMax > loads.loadMax || (found.loadMax === loads.loadMax && found.loadMean > loads.loadMean)) continue;
    pattern = next;
    loads = found;
  }
  return { pattern, loads, tries: triesMax };
}
