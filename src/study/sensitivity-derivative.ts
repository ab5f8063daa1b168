/**
 * Derivatives of several results with respect to one parameter, by central differences whose step is controlled, and the values
 * at which a result jumps, by bisection.
 *
 * A model is only differentiable while nothing switches: a link that stops closing, a medium that takes over. Samples therefore
 * carry a state, and a derivative is taken only between samples of one state. Where the states differ there is no derivative
 * but a threshold, and its value is found instead.
 */

/** The results at one value of the parameter. */
export interface Sample {
  /** In a fixed order; NaN where the result has no value. */
  readonly values: readonly number[];
  /** Equal for two samples between which nothing switched. */
  readonly state: string;
}

/** What is known of one result at the parameter's value. */
export type Slope =
  | { readonly kind: 'smooth'; readonly derivative: number }
  /** The slopes below and above differ: two regimes meet here. `derivative` is their mean. */
  | { readonly kind: 'kink'; readonly derivative: number; readonly below: number; readonly above: number }
  /** The result jumps here, or never settles as the step shrinks: it has no derivative. */
  | { readonly kind: 'none' };

/** Relative change of a derivative under halving of the step below which it counts as settled. */
const settledShare = 1e-5;
/** Changes of a result below this share of its value are rounding. */
const roundingShare = 1e-12;
/** A gap between left and right slopes that matters, as a share of the larger slope. */
const kinkShare = 1e-3;
const halvingsMax = 10;
const shrinksMax = 12;

interface Differences { readonly below: number; readonly above: number; readonly central: number }

function differencesOf(base: Sample, low: Sample, high: Sample, step: number): readonly Differences[] {
  return base.values.map((value, row) => {
    const below = (value - (low.values[row] ?? Number.NaN)) / step;
    const above = ((high.values[row] ?? Number.NaN) - value) / step;
    return { below, above, central: (below + above) / 2 };
  });
}

/** Differences that come from rounding alone. */
const roundingSlope = (base: Sample, row: number, step: number): number => (roundingShare * Math.abs(base.values[row] ?? 0)) / step;

/** A smooth result halves the gap between its left and right slope with the step; at a kink the gap stays. */
function slopeOf(wide: Differences, narrow: Differences, noise: number): Slope {
  const { central, below, above } = narrow;
  if (!Number.isFinite(central)) return { kind: 'none' };
  if (Math.abs(central - wide.central) > settledShare * Math.abs(central) + noise) return { kind: 'none' };
  const gap = Math.abs(above - below);
  const larger = Math.max(Math.abs(above), Math.abs(below));
  const isKink = gap > kinkShare * larger + noise && gap > 0.75 * Math.abs(wide.above - wide.below);
  const derivative = Math.abs(central) <= noise ? 0 : central;
  return isKink ? { kind: 'kink', derivative, below, above } : { kind: 'smooth', derivative };
}

/**
 * Slopes of every result at `value`. The step starts at `step`, shrinks until both sides share the state of the middle, and
 * is then halved until every derivative has settled. A result without value on either side has no slope.
 */
export function slopesAt(sampleAt: (value: number) => Sample, value: number, step: number): readonly Slope[] {
  const base = sampleAt(value);
  const none = base.values.map((): Slope => ({ kind: 'none' }));
  const around = (width: number): readonly Differences[] | null => {
    const low = sampleAt(value - width);
    const high = sampleAt(value + width);
    return low.state === base.state && high.state === base.state ? differencesOf(base, low, high, width) : null;
  };
  let width = step;
  let wide = around(width);
  for (let shrink = 0; wide === null; shrink++) {
    if (shrink === shrinksMax) return none;
    width /= 4;
    wide = around(width);
  }
  for (let halving = 0; ; halving++) {
    width /= 2;
    const narrow = around(width);
    if (narrow === null) return none;
    const outer = wide;
    const slopes = narrow.map((differences, row) => slopeOf(outer[row] ?? differences, differences, roundingSlope(base, row, width)));
    const isSettled = slopes.every((slope, row) => slope.kind !== 'none' || !Number.isFinite(narrow[row]?.central));
    if (isSettled || halving === halvingsMax) return slopes;
    wide = narrow;
  }
}

/** Where the state changes: the last value known to be on this side, and the first known to be on the other. */
export interface Threshold {
  readonly inside: number;
  readonly outside: number;
}

/** Shares of the way at which the state is looked at before bisection; an excursion between two of them goes unseen. */
const looks: readonly number[] = [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1];

/** The first change of state on the way from `from` to `to`, bisected until its ends lie within `tolerance`; `null` when there is none. */
export function findThreshold(stateAt: (value: number) => string, span: { readonly from: number; readonly to: number; readonly tolerance: number }): Threshold | null {
  const { from, to, tolerance } = span;
  const state = stateAt(from);
  let inside = from;
  for (const share of looks) {
    let outside = from + (to - from) * share;
    if (stateAt(outside) === state) {
      inside = outside;
      continue;
    }
    while (Math.abs(outside - inside) > tolerance) {
      const middle = (inside + outside) / 2;
      if (middle === inside || middle === outside) break;
      if (stateAt(middle) === state) inside = middle;
      else outside = middle;
    }
    return { inside, outside };
  }
  return null;
}
