/**
 * Weighted max-min fairness between tenants of one class over several links, by dominant share.
 *
 * A tenant's dominant share is the largest share of any link that it holds (Ghodsi et al., "Dominant Resource Fairness", NSDI 2011).
 * All tenants with something left to ask rise together so that dominant share / weight stays equal; one stops rising when it has what
 * it asked for, reaches its cap on a link, or a link that it needs is full. A tenant that already holds light joins when the others
 * have come up to its level. Each round stops at least one tenant or fills a link: O((tenants + links) x tenants x links).
 *
 * The share that a tenant holds and the share of what it gets are added up, also where they are largest on different links: else what
 * it gets would count nothing until it is more than what it holds elsewhere.
 */

export interface Contender {
  readonly tenant: string;
  readonly weight: number;
  /** Per link: the most that its cap still allows it; no list without a cap. */
  readonly capGbps?: Float64Array;
  /** Dominant share that it holds already. */
  readonly heldShare: number;
  /** What it asks for on top, per link: the whole request at scale 1. */
  readonly askGbps: Float64Array;
}

export interface LinkRoom {
  /** Per link: all its light. */
  readonly capacityGbps: Float64Array;
  /** Per link: what is left for this class. */
  readonly freeGbps: Float64Array;
}

/** A share below this counts as nothing, and a link with less than this part of its light as full. */
const leastShare = 1e-12;

/** Dominant share of the whole request; Infinity where it needs a link without light. */
const dominantShare = (askGbps: Float64Array, { capacityGbps }: LinkRoom): number =>
  askGbps.reduce((most, gbps, link) => (gbps > 0 ? Math.max(most, gbps / (capacityGbps[link] ?? 0)) : most), 0);

/** The part of the whole request that its cap allows. */
const capScale = ({ askGbps, capGbps }: Contender): number =>
  askGbps.reduce((most, gbps, link) => (gbps > 0 ? Math.min(most, Math.max(0, capGbps?.[link] ?? Infinity) / gbps) : most), 1);

interface Rising {
  readonly contender: Contender;
  /** Dominant share at scale 1. */
  readonly wholeShare: number;
  scale: number;
  /** At this scale it has all that it may have. */
  readonly scaleMax: number;
}

/** Level (share / weight) of a contender at its present scale. */
const levelOf = ({ contender, wholeShare, scale }: Rising): number => (contender.heldShare + wholeShare * scale) / contender.weight;

/** Scale per level. */
const paceOf = ({ contender, wholeShare }: Rising): number => contender.weight / wholeShare;

/** By how much the level may rise until somebody has enough, a link fills up, or the next one joins. */
function nextRise(level: number, rising: readonly Rising[], waiting: readonly Rising[], left: Float64Array): number {
  let rise = Math.min(...rising.map((one) => (one.scaleMax - one.scale) / paceOf(one)), ...waiting.map((one) => levelOf(one) - level));
  left.forEach((gbps, link) => {
    const speed = rising.reduce((sum, one) => sum + paceOf(one) * (one.contender.askGbps[link] ?? 0), 0);
    if (speed > 0) rise = Math.min(rise, gbps / speed);
  });
  return Math.max(0, rise);
}

/** The part of its ask that each contender gets, 0 to 1, in their order. Equal inputs give equal parts. */
export function fairParts(contenders: readonly Contender[], room: LinkRoom): readonly number[] {
  const all = contenders.map((contender): Rising => {
    const wholeShare = dominantShare(contender.askGbps, room);
    return { contender, wholeShare, scale: wholeShare === 0 ? 1 : 0, scaleMax: wholeShare === Infinity ? 0 : capScale(contender) };
  });
  const left = Float64Array.from(room.freeGbps, (gbps) => Math.max(0, gbps));
  const isFull = (link: number): boolean => (left[link] ?? 0) <= leastShare * (room.capacityGbps[link] ?? 0);
  const isStopped = (one: Rising): boolean => one.scaleMax - one.scale <= leastShare || one.contender.askGbps.some((gbps, link) => gbps > 0 && isFull(link));
  for (let open = all.filter((one) => !isStopped(one)); open.length > 0; open = open.filter((one) => !isStopped(one))) {
    const lowest = Math.min(...open.map(levelOf));
    const rising = open.filter((one) => levelOf(one) - lowest <= leastShare);
    const waiting = open.filter((one) => !rising.includes(one));
    const rise = nextRise(lowest, rising, waiting, left);
    for (const one of rising) {
      const added = rise * paceOf(one);
      one.scale += added;
      one.contender.askGbps.forEach((gbps, link) => { left[link] = (left[link] ?? 0) - gbps * added; });
    }
    // A rise too small for floating point would repeat for ever; who is about to stop, stops.
    if (rise === 0) open = open.filter((one) => !rising.includes(one));
  }
  return all.map(({ scale }) => Math.min(1, scale));
}
