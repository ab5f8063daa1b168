/**
 * Topology and traffic engineering between directly joined blocks, in closed form: how many circuits each pair of blocks gets, and
 * how its traffic splits into direct and one-transit paths (after Poutievski et al., Jupiter Evolving, SIGCOMM 2022).
 */

/** Traffic between blocks, symmetric, row by row: from block i to block j at i * blocks + j, in Gb/s each way. */
export interface BlockDemand {
  readonly blocks: number;
  readonly demandGbps: Float64Array;
}

/** Circuits between blocks, symmetric, row by row; each joins one uplink of either block. */
export interface BlockMesh {
  readonly blocks: number;
  readonly circuits: Int32Array;
  readonly circuitGbps: number;
}

export interface TrafficSplit {
  /** Share of traffic that takes one block hop. */
  readonly directShare: number;
  /** Mean block hops. */
  readonly stretch: number;
  /** Load of the busiest pair's circuits, 0 to 1 of their capacity. */
  readonly loadMax: number;
  /** Share of traffic that no direct or one-transit path had room for. */
  readonly unplacedShare: number;
}

/** Demands in proportion to the product of block weights (gravity), scaled so that the heaviest block sends `heaviestGbps`. */
export function gravityDemand(weights: readonly number[], heaviestGbps: number): BlockDemand {
  const blocks = weights.length;
  const demandGbps = new Float64Array(blocks * blocks);
  let heaviest = 0;
  weights.forEach((own, from) => {
    let sum = 0;
    weights.forEach((other, to) => {
      if (to === from) return;
      demandGbps[from * blocks + to] = own * other;
      sum += own * other;
    });
    heaviest = Math.max(heaviest, sum);
  });
  return { blocks, demandGbps: demandGbps.map((demand) => (demand * heaviestGbps) / heaviest) };
}

/**
 * One circuit for every pair first, then circuit by circuit to the pair with the most traffic per circuit among those with a free
 * uplink on both sides; ties go to the lower pair. Needs at least blocks - 1 uplinks. O(circuits x pairs).
 */
export function engineerMesh(demand: BlockDemand, uplinks: { readonly perBlock: number; readonly circuitGbps: number }): BlockMesh {
  const { blocks, demandGbps } = demand;
  const circuits = new Int32Array(blocks * blocks);
  const free = new Int32Array(blocks).fill(uplinks.perBlock - (blocks - 1));
  for (let one = 0; one < blocks; one++) for (let other = 0; other < blocks; other++) if (one !== other) circuits[one * blocks + other] = 1;
  for (;;) {
    let best = -1;
    let most = 0;
    for (let one = 0; one < blocks; one++) {
      if ((free[one] ?? 0) < 1) continue;
      for (let other = one + 1; other < blocks; other++) {
        if ((free[other] ?? 0) < 1) continue;
        const at = one * blocks + other;
        const load = (demandGbps[at] ?? 0) / (circuits[at] ?? 1);
        if (load > most) {
          most = load;
          best = at;
        }
      }
    }
    if (best < 0) return { blocks, circuits, circuitGbps: uplinks.circuitGbps };
    const [one, other] = [Math.floor(best / blocks), best % blocks];
    const twin = other * blocks + one;
    circuits[best] = (circuits[best] ?? 0) + 1;
    circuits[twin] = (circuits[twin] ?? 0) + 1;
    free[one] = (free[one] ?? 0) - 1;
    free[other] = (free[other] ?? 0) - 1;
  }
}

/**
 * Splits traffic under a load limit: as much as fits goes direct, the rest over the transit block with most room, pair by pair in
 * row order. What fits nowhere is reported, not forced.
 */
export function splitTraffic(demand: BlockDemand, mesh: BlockMesh, limit: { readonly loadMax: number }): TrafficSplit {
  const { blocks, demandGbps } = demand;
  const capacityGbps = Float64Array.from(mesh.circuits, (count) => count * mesh.circuitGbps);
  const roomGbps = capacityGbps.map((capacity, pair) => Math.max(0, limit.loadMax * capacity - (demandGbps[pair] ?? 0)));
  let total = 0;
  let direct = 0;
  let transit = 0;
  for (let pair = 0; pair < demandGbps.length; pair++) {
    const wanted = demandGbps[pair] ?? 0;
    total += wanted;
    const fits = Math.min(wanted, limit.loadMax * (capacityGbps[pair] ?? 0));
    direct += fits;
    const [from, to] = [Math.floor(pair / blocks), pair % blocks];
    for (let left = wanted - fits; left > 0; ) {
      let middle = -1;
      let room = 0;
      for (let block = 0; block < blocks; block++) {
        const through = Math.min(roomGbps[from * blocks + block] ?? 0, roomGbps[block * blocks + to] ?? 0);
        if (block !== from && block !== to && through > room) {
          room = through;
          middle = block;
        }
      }
      if (middle < 0) break;
      const placed = Math.min(left, room);
      roomGbps[from * blocks + middle] = (roomGbps[from * blocks + middle] ?? 0) - placed;
      roomGbps[middle * blocks + to] = (roomGbps[middle * blocks + to] ?? 0) - placed;
      transit += placed;
      left -= placed;
    }
  }
  let loadMax = 0;
  roomGbps.forEach((room, pair) => {
    const capacity = capacityGbps[pair] ?? 0;
    // Room is what the limit leaves above what is used, so a full pair is used to the limit.
    if (capacity > 0) loadMax = Math.max(loadMax, limit.loadMax - room / capacity);
  });
  return { directShare: direct / total, stretch: (direct + 2 * transit) / (direct + transit), loadMax, unplacedShare: (total - direct - transit) / total };
}
