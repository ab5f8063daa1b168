/** Sets numbers side by side: the same decimals down a column, and text as it is printed. */

import { areAlike, fixedText, magnitude } from '../base/number-text.ts';

export { areAlike, countText, fixedText, numberText, percentText } from '../base/number-text.ts';

const sharedDecimalsMax = 4;

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

const unitPattern = '(?:m|km|mm|nm|s|ms|µs|us|ns|W|kW|MW|mW|MJ|J|dB|dBm|GHz|Gb/s|Tb/s|pJ/bit|°C|K|M\\$|\\$|%|GPUs?)';
const minusBeforeDigit = /(^|[\s(])-(?=\d)/g;
const spaceBeforeUnit = new RegExp(`(\\d) (?=${unitPattern}(?:[\\s.,;:)]|$))`, 'g');

/** Text as it is set in print: a real minus before digits, and no line break between a number and its unit. */
export const typeset = (text: string): string => text.replace(minusBeforeDigit, '$1−').replace(spaceBeforeUnit, '$1\u00a0');
