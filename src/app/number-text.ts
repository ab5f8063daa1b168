/** Writes numbers for people: thousands separated, a sensible count of digits, and the same decimals down a column. */

const decimalsMax = 9;
/** Below this magnitude, and at or above its counterpart, a number is written with an exponent. */
const plainFrom = 1e-4;
const plainBelow = 1e9;

/** What stands where a number has no value. */
export const noValue = 'no value';

function grouped(digits: string): string {
  const [whole = '', fraction] = digits.split('.');
  const withCommas = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? withCommas : `${withCommas}.${fraction}`;
}

/** `1234.5` with 1 decimal is `1,234.5`; a number that is not finite is `no value`. */
export function fixedText(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return noValue;
  const text = grouped(Math.abs(value).toFixed(Math.min(decimalsMax, Math.max(0, decimals))));
  return value < 0 && /[1-9]/.test(text) ? `-${text}` : text;
}

const magnitude = (value: number): number => Math.floor(Math.log10(Math.abs(value)));

/** Significant digits without trailing zeros: `0.01234` is `0.0123`, `12345` is `12,345`, `2.4e-6` keeps its exponent. */
export function numberText(value: number, significant = 3): string {
  if (!Number.isFinite(value)) return noValue;
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < plainFrom || size >= plainBelow) return value.toExponential(Math.max(0, significant - 1)).replace(/\.?0+e/, 'e').replace('e+', 'e');
  const text = fixedText(value, significant - 1 - magnitude(Number(value.toPrecision(significant))));
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

const sharedDecimalsMax = 4;
/** Values closer than this share of the larger one count as alike: they may be written the same, and neither is better. */
const alikeBelow = 1e-3;

/** Whether two values differ too little to matter to a reader. */
export const areAlike = (a: number, b: number): boolean => a === b || Math.abs(a - b) <= alikeBelow * Math.max(Math.abs(a), Math.abs(b));

/** True when two values that differ noticeably would read the same. */
function hidesDifference(sorted: readonly number[], decimals: number): boolean {
  return sorted.some((value, index) => {
    const next = sorted[index + 1];
    return next !== undefined && !areAlike(value, next) && fixedText(value, decimals) === fixedText(next, decimals);
  });
}

/**
 * Decimals for numbers that are compared: three significant digits for the largest, two for the smallest, and more where
 * different values would otherwise read the same; never more than four, and none for whole numbers.
 */
export function sharedDecimals(values: readonly number[]): number {
  const finite = values.filter(Number.isFinite).sort((a, b) => a - b);
  const sizes = finite.filter((value) => value !== 0).map(Math.abs);
  if (finite.every(Number.isInteger)) return 0;
  let decimals = Math.max(0, 2 - magnitude(Math.max(...sizes)), 1 - magnitude(Math.min(...sizes)));
  while (decimals < sharedDecimalsMax && hidesDifference(finite, decimals)) decimals++;
  return Math.min(sharedDecimalsMax, decimals);
}

/** A share between 0 and 1 as a percentage with its sign. */
export const percentText = (share: number, decimals = 0): string => (Number.isFinite(share) ? `${fixedText(share * 100, decimals)}%` : noValue);

const unitPattern = '(?:m|km|mm|nm|s|ms|µs|us|ns|W|kW|MW|mW|MJ|J|dB|dBm|GHz|Gb/s|Tb/s|pJ/bit|°C|K|M\\$|\\$|%|GPUs?)';
const minusBeforeDigit = /(^|[\s(])-(?=\d)/g;
const spaceBeforeUnit = new RegExp(`(\\d) (?=${unitPattern}(?:[\\s.,;:)]|$))`, 'g');

/** Text as it is set in print: a real minus before digits, and no line break between a number and its unit. */
export const typeset = (text: string): string => text.replace(minusBeforeDigit, '$1−').replace(spaceBeforeUnit, '$1\u00a0');

/** `3 links`, `1 link`. */
export const countText = (count: number, noun: string): string => `${fixedText(count, 0)} ${noun}${count === 1 ? '' : 's'}`;
