/** Writes numbers for people, the same in a finding's sentence as in a table: thousands separated, a sensible count of digits. */

const decimalsMax = 9;
/** Below this magnitude, and at or above its counterpart, a number is written with an exponent. */
const plainFrom = 1e-4;
const plainBelow = 1e9;

/** What stands where a number has no value. */
const noValue = 'no value';

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

/** Power of ten of the first digit. */
export const magnitude = (value: number): number => Math.floor(Math.log10(Math.abs(value)));

/** Significant digits without trailing zeros: `0.01234` is `0.0123`, `12345` is `12,345`, `2.4e-6` keeps its exponent. */
export function numberText(value: number, significant = 3): string {
  if (!Number.isFinite(value)) return noValue;
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < plainFrom || size >= plainBelow) return value.toExponential(Math.max(0, significant - 1)).replace(/\.?0+e/, 'e').replace('e+', 'e');
  const text = fixedText(value, significant - 1 - magnitude(Number(value.toPrecision(significant))));
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** Values closer than this share of the larger one count as alike: they may be written the same, and neither is better. */
const alikeBelow = 1e-3;

/** Whether two values differ too little to matter to a reader. */
export const areAlike = (a: number, b: number): boolean => a === b || Math.abs(a - b) <= alikeBelow * Math.max(Math.abs(a), Math.abs(b));

/** A share between 0 and 1 as a percentage, a space before the sign as before any unit. */
export const percentText = (share: number, decimals = 0): string => (Number.isFinite(share) ? `${fixedText(share * 100, decimals)} %` : noValue);

const spanScales = [[86400e9, 'd'], [3600e9, 'h'], [60e9, 'min'], [1e9, 's'], [1e6, 'ms'], [1e3, 'us']] as const;

/** A duration in the largest unit of which it has one, from minutes on in which it has two: `4.5 h`, `90 s`, `250 ms`. */
export function spanText(ns: number): string {
  if (ns === 0) return '0 s';
  for (const [unitNs, unit] of spanScales) if (Math.abs(ns) >= unitNs * (unitNs > 1e9 ? 2 : 1)) return `${numberText(ns / unitNs, 4)} ${unit}`;
  return `${numberText(ns, 4)} ns`;
}

/** From ten hours of one accelerator on, its time is told in hours. */
const gpuHoursFromS = 36_000;

/** Accelerator-seconds of lost progress as everybody is told them: `120 GPU s`, `2,048 GPU h`. */
export const gpuTimeText = (gpuS: number, significant = 4): string =>
  (Math.abs(gpuS) >= gpuHoursFromS ? `${numberText(gpuS / 3600, significant)} GPU h` : `${numberText(gpuS, significant)} GPU s`);

/** `3 links`, `1 link`. */
export const countText = (count: number, noun: string): string => `${fixedText(count, 0)} ${noun}${count === 1 ? '' : 's'}`;

/** `3 leases move`, `1 lease moves`: of verbs that take an s. */
export const actText = (count: number, noun: string, verb: string): string => `${countText(count, noun)} ${count === 1 ? `${verb}s` : verb}`;
