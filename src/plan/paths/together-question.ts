/**
 * What is asked of an assignment together (`assign-together.ts`): demands in groups that rise with a common level from what they must
 * have to what they want, and demands that stand in the way.
 *
 * Bounds: links are rows of `capacityGbps`, groups are counted from 0.
 */

export interface TogetherDemand {
  /** Candidate paths, at least one; none over a link of capacity 0. Those it is on now come first. */
  readonly paths: readonly (readonly number[])[];
  /** How many it is on now. */
  readonly presentPaths: number;
  readonly leastGbps: number;
  /** At least `leastGbps`, and more than 0. */
  readonly wantsGbps: number;
  /** Which rises first; 0 and on. */
  readonly group: number;
}

/** A demand that stands where others could, at the prices of links for which it was asked. */
export interface Bystander {
  /** Its own number among those of the question. */
  readonly row: number;
  /** What its light costs where it is, and what that costs the turn of group 0 when it gets all that it wants. */
  readonly pays: number;
  readonly paysTurn: number;
  /** What a Gb/s costs on its cheapest path, turn and all. */
  readonly cheapest: number;
  readonly leastGbps: number;
  readonly wantsGbps: number;
  readonly group: number;
}

export interface Bystanders {
  /** Those with light on links that have a price. */
  at(price: Float64Array): readonly Bystander[];
  /** The question with these among its demands, behind those it has, and without their light in the way; `null` when it takes no more. */
  join(question: TogetherQuestion, rows: readonly number[]): TogetherQuestion | null;
}

export interface TogetherQuestion {
  /** Per link, Gb/s. */
  readonly capacityGbps: Float64Array;
  /**
   * 1 for links that stand for the turn of group 0: when it streams alone, at all that it wants, they too must carry it. Its paths
   * name them beside the links that all share, and their capacity counts in proportion to what the group gets.
   */
  readonly isTurn?: Uint8Array;
  readonly demands: readonly TogetherDemand[];
  readonly bystanders?: Bystanders;
  /** As many as there are, or one more than the last that a demand names. */
  readonly groups?: number;
}

/** How far each group has risen at a level. */
export const risenAt = (groups: number, level: number): readonly number[] => Array.from({ length: groups }, (_, group) => Math.max(0, Math.min(1, level * groups - group)));

interface Rising {
  readonly leastGbps: number;
  readonly wantsGbps: number;
  readonly group: number;
}

export const targetOf = ({ leastGbps, wantsGbps, group }: Rising, risen: readonly number[]): number => leastGbps + (wantsGbps - leastGbps) * risen[group]!;

/** The part of all that group 0 wants which it gets. */
export function turnPart({ demands }: TogetherQuestion, risen: readonly number[]): number {
  let [gets, wants] = [0, 0];
  for (const demand of demands) if (demand.group === 0) [gets, wants] = [gets + targetOf(demand, risen), wants + demand.wantsGbps];
  return gets / Math.max(wants, Number.MIN_VALUE);
}

/** How many groups rise. */
export const groupsOf = ({ demands, groups }: TogetherQuestion): number => groups ?? demands.reduce((most, { group }) => Math.max(most, group + 1), 1);
