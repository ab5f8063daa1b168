/** Special functions of noise and counting, accurate to about 1e-14 relative even where they are as small as 1e-300. */

const sqrtPiInverse = 5.641_895_835_477_563e-1;

/*
 * W. J. Cody, "Rational Chebyshev approximations for the error function", Math. Comp. 23 (1969) 631-637, with the
 * coefficients of his SPECFUN routine CALERF: one rational function for |x| <= 0.46875, one to 4, one beyond.
 */
const nearNumerator = [3.161_123_743_870_565_6, 113.864_154_151_050_156, 377.485_237_685_302_021, 3209.377_589_138_469_47, 0.185_777_706_184_603_153] as const;
const nearDenominator = [23.601_290_952_344_120_9, 244.024_637_934_444_173, 1282.616_526_077_372_28, 2844.236_833_439_170_62] as const;
const middleNumerator = [
  0.564_188_496_988_670_089, 8.883_149_794_388_375_94, 66.119_190_637_141_629_5, 298.635_138_197_400_131, 881.952_221_241_769_09,
  1712.047_612_634_070_58, 2051.078_377_826_071_47, 1230.339_354_797_997_25, 2.153_115_354_744_038_46e-8,
] as const;
const middleDenominator = [
  15.744_926_110_709_834_7, 117.693_950_891_312_499, 537.181_101_862_009_858, 1621.389_574_566_690_19, 3290.799_235_733_459_63,
  4362.619_090_143_247_16, 3439.367_674_143_721_64, 1230.339_354_803_749_42,
] as const;
const farNumerator = [
  0.305_326_634_961_232_344, 0.360_344_899_949_804_439, 0.125_781_726_111_229_246, 0.016_083_785_148_742_276_6, 6.587_491_615_298_378_03e-4,
  0.016_315_387_137_302_097_8,
] as const;
const farDenominator = [2.568_520_192_289_822_42, 1.872_952_849_923_460_47, 0.527_905_102_951_428_412, 0.060_518_341_312_441_319_1, 2.335_204_976_268_691_85e-3] as const;

/** Horner form of Cody's tables: the last numerator entry multiplies the highest power, the denominator is monic. */
function rational(at: number, numerator: readonly number[], denominator: readonly number[]): number {
  const order = denominator.length;
  let above = (numerator[order] ?? 0) * at;
  let below = at;
  for (let term = 0; term < order - 1; term++) {
    above = (above + (numerator[term] ?? 0)) * at;
    below = (below + (denominator[term] ?? 0)) * at;
  }
  return (above + (numerator[order - 1] ?? 0)) / (below + (denominator[order - 1] ?? 0));
}

/** exp(-x^2) without the loss that rounding x^2 would cost: x is split at a multiple of 1/16 (Cody 1969). */
function expOfMinusSquare(x: number): number {
  const coarse = Math.trunc(x * 16) / 16;
  return Math.exp(-coarse * coarse) * Math.exp(-(x - coarse) * (x + coarse));
}

/** Complementary error function. Zero only beyond x = 27, where the result is below the smallest double. */
export function erfc(x: number): number {
  const size = Math.abs(x);
  if (size <= 0.46875) return 1 - x * rational(x * x, nearNumerator, nearDenominator);
  let tail: number;
  if (size <= 4) tail = expOfMinusSquare(size) * rational(size, middleNumerator, middleDenominator);
  else if (size < 27.3) {
    const inverseSquare = 1 / (size * size);
    tail = (expOfMinusSquare(size) / size) * (sqrtPiInverse - inverseSquare * rational(inverseSquare, farNumerator, farDenominator));
  } else tail = 0;
  return x < 0 ? 2 - tail : tail;
}

/** Probability that a standard normal variable exceeds x. */
export const qFunction = (x: number): number => 0.5 * erfc(x / Math.SQRT2);

/**
 * The x with qFunction(x) = probability, for probability in (0, 1); NaN outside.
 * Start: Abramowitz and Stegun (1964) eq. 26.2.23, error below 4.5e-4; then Halley's iteration on ln Q, which stays
 * accurate in the tail because ln Q is almost a parabola there.
 */
export function inverseQFunction(probability: number): number {
  if (!(probability > 0 && probability < 1)) return Number.NaN;
  if (probability > 0.5) return -inverseQFunction(1 - probability);
  if (probability === 0.5) return 0;
  const t = Math.sqrt(-2 * Math.log(probability));
  let x = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (let round = 0; round < 3; round++) {
    const tail = qFunction(x);
    const hazard = Math.exp(-0.5 * x * x) / (Math.sqrt(2 * Math.PI) * tail);
    // With f = ln Q - ln p: f' = -hazard and f'' = -hazard (hazard - x).
    const f = Math.log(tail / probability);
    x += f / (hazard + 0.5 * f * (hazard - x));
  }
  return x;
}

/** Standard normal distribution function. */
export const normalCdf = (x: number): number => qFunction(-x);

/** The error of Stirling's series, ln n! - ln(sqrt(2 pi n) (n/e)^n), for n > 0 (Abramowitz and Stegun eq. 6.1.41). */
function stirlingError(n: number): number {
  if (n < 16) {
    // Up to 15 the logarithm of the product itself is exact enough, and the series is not.
    if (Number.isInteger(n)) {
      let factorial = 1;
      for (let factor = 2; factor <= n; factor++) factorial *= factor;
      return Math.log(factorial) - (n + 0.5) * Math.log(n) + n - 0.5 * Math.log(2 * Math.PI);
    }
    return stirlingError(n + 1) + (n + 0.5) * Math.log1p(1 / n) - 1;
  }
  const inverse = 1 / n;
  const square = inverse * inverse;
  return inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square * (1 / 1188 - square * (691 / 360360))))));
}

/** x ln(x/m) + m - x without cancellation for x near m (Loader's deviance term). */
function deviance(x: number, mean: number): number {
  const difference = x - mean;
  if (Math.abs(difference) >= 0.1 * (x + mean)) return x * Math.log(x / mean) - difference;
  const v = difference / (x + mean);
  let sum = difference * v;
  let power = 2 * x * v;
  for (let odd = 3; ; odd += 2) {
    power *= v * v;
    const next = sum + power / odd;
    if (next === sum) return sum;
    sum = next;
  }
}

export interface Binomial {
  readonly trials: number;
  /** Probability of one success. */
  readonly probability: number;
}

/** P(K = successes). C. Loader, "Fast and accurate computation of binomial probabilities" (2000). */
export function binomialProbability({ trials, probability }: Binomial, successes: number): number {
  if (successes < 0 || successes > trials) return 0;
  if (probability <= 0) return successes === 0 ? 1 : 0;
  if (probability >= 1) return successes === trials ? 1 : 0;
  if (successes === 0) return Math.exp(trials * Math.log1p(-probability));
  if (successes === trials) return Math.exp(trials * Math.log(probability));
  const failures = trials - successes;
  const exponent = stirlingError(trials) - stirlingError(successes) - stirlingError(failures)
    - deviance(successes, trials * probability) - deviance(failures, trials * (1 - probability));
  return Math.sqrt(trials / (2 * Math.PI * successes * failures)) * Math.exp(exponent);
}

/** The sum of terms from `from` away from the mode, by the ratio of neighbours; it stops when a term no longer counts. */
function sumAway({ trials, probability }: Binomial, from: number, direction: 'up' | 'down'): number {
  const odds = probability / (1 - probability);
  let term = binomialProbability({ trials, probability }, from);
  let sum = 0;
  for (let k = from; k >= 0 && k <= trials && sum + term !== sum; ) {
    sum += term;
    if (direction === 'up') {
      term *= ((trials - k) / (k + 1)) * odds;
      k += 1;
    } else {
      term *= k / ((trials - k + 1) * odds);
      k -= 1;
    }
  }
  return sum;
}

/** P(K >= atLeast), with full relative accuracy in the far tail, where 1 minus the rest would be noise. */
export function binomialUpperTail(binomial: Binomial, atLeast: number): number {
  const { trials, probability } = binomial;
  if (atLeast <= 0) return 1;
  if (atLeast > trials || probability <= 0) return 0;
  if (probability >= 1) return 1;
  if (atLeast > trials * probability) return Math.min(1, sumAway(binomial, atLeast, 'up'));
  return Math.max(0, 1 - sumAway(binomial, atLeast - 1, 'down'));
}

/** P(K <= atMost), likewise. */
export const binomialLowerTail = ({ trials, probability }: Binomial, atMost: number): number =>
  binomialUpperTail({ trials, probability: 1 - probability }, trials - atMost);
